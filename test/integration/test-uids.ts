/** The host uids that sandboxes of tests get: as a platform of its own would have them. */
import { FIRST_BLOCK } from '../../src/domain/uid-block.ts'

export const TEST_UIDS = process.getuid?.() === 0 ? { block: FIRST_BLOCK, range: null } : null

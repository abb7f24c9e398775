import { SAMPLE_COLUMNS, type SampleColumn, type SampleRow } from '../../src/domain/sample.ts'
import type { ServerId } from '../../src/domain/id.ts'

/** A step in which ten looks were taken and nothing else is known than what is given. */
export function buildSample(
  change: Partial<SampleRow> & { readonly at: number },
  serverId = 'srv_1' as ServerId,
): SampleRow {
  const figures = Object.fromEntries(SAMPLE_COLUMNS.map(({ key }) => [key, null]))
  return { serverId, step: 10, samples: 10, ...(figures as Record<SampleColumn, null>), ...change }
}

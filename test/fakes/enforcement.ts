import type { Enforcement } from '../../src/domain/enforcement.ts'

const hard = { level: 'hard', by: 'test', why: null } as const

/** A record that proves the strongest tier. */
export const STRONG_ENFORCEMENT: Enforcement = {
  uid: 'distinct',
  fs: hard,
  net: hard,
  seccomp: hard,
  memory: hard,
  cpu: hard,
  pids: hard,
  open_files: hard,
  disk: hard,
}

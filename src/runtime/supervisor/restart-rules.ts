/** What another try is worth after each kind of end; docs/troubleshooting.md shows it. */
import type { ExitClass } from '../../domain/exit-class.ts'

/**
 * `plain`: after growing delays until the tries are used up. `bounded`: then it is only looked at now and then, until
 * that ended alike three times. `always`: it is never given up, since its fault is somebody else's. `no`: only a new
 * version, setting or secret can help, so it is tried twice to be sure. `raise`: as `bounded`, but first with more memory.
 */
export type Retry = 'plain' | 'bounded' | 'always' | 'no' | 'raise'

export type RestartRule = {
  readonly retry: Retry
  /** The first delay; null: the server's own `restart_delay`. */
  readonly baseMs: number | null
  readonly capMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND

const PLAIN: RestartRule = { retry: 'plain', baseMs: null, capMs: MINUTE }
const BOUNDED: RestartRule = { retry: 'bounded', baseMs: null, capMs: 5 * MINUTE }
const NO: RestartRule = { retry: 'no', baseMs: null, capMs: MINUTE }

export const RESTART_RULES: Readonly<Record<ExitClass, RestartRule>> = {
  out_of_memory: { ...BOUNDED, retry: 'raise' },
  missing_command: NO,
  missing_dependency: NO,
  missing_file: NO,
  bad_code: NO,
  missing_secret: NO,
  bad_secret: NO,
  port_conflict: { ...BOUNDED, capMs: MINUTE },
  dependency_down: { retry: 'always', baseMs: SECOND, capMs: MINUTE },
  egress_denied: NO,
  permission: NO,
  sandbox_denied: NO,
  resource_limit: NO,
  native_crash: { ...BOUNDED, baseMs: SECOND },
  protocol: BOUNDED,
  start_timeout: BOUNDED,
  unresponsive: BOUNDED,
  wrong_runtime: NO,
  not_a_server: NO,
  clean_exit: PLAIN,
  killed_externally: { ...BOUNDED, baseMs: SECOND },
  platform_fault: BOUNDED,
  unknown: PLAIN,
}

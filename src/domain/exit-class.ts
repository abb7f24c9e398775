/** What kind of end it was, finer than its cause: it decides whether another try can help, and what a person does. */
export const EXIT_CLASSES = [
  'out_of_memory',
  'missing_command',
  'missing_dependency',
  'missing_file',
  'bad_code',
  'missing_secret',
  'bad_secret',
  'port_conflict',
  'dependency_down',
  'egress_denied',
  'permission',
  'sandbox_denied',
  'resource_limit',
  'native_crash',
  'protocol',
  'start_timeout',
  'unresponsive',
  'wrong_runtime',
  'not_a_server',
  'clean_exit',
  'killed_externally',
  'platform_fault',
  'unknown',
] as const
export type ExitClass = (typeof EXIT_CLASSES)[number]

/** Only somebody's hand can help, not time: a new version, a setting, a secret. */
const WAITS_FOR_CHANGE: readonly ExitClass[] = [
  'out_of_memory',
  'missing_command',
  'missing_dependency',
  'missing_file',
  'bad_code',
  'missing_secret',
  'bad_secret',
  'egress_denied',
  'permission',
  'sandbox_denied',
  'resource_limit',
  'wrong_runtime',
  'not_a_server',
]

export function waitsForChange(kind: ExitClass | null): boolean {
  return kind !== null && WAITS_FOR_CHANGE.includes(kind)
}

/** A secret that is set, or set anew, may be what it waits for. */
export function waitsForSecret(kind: ExitClass | null): boolean {
  return kind === 'missing_secret' || kind === 'bad_secret'
}

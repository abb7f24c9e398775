/** Words that several pages share. Those of one page are in its own `words.ts`. */
import type { ServerStatus, Health } from '../../src/domain/server-state.ts'

export const WORDS = {
  product: 'hAIveMind Hosting',
  retry: 'Try again',
  close: 'Close',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  clearFilters: 'Clear filters',
  loading: 'Loading',
  requestId: 'Request',
  onCommandLine: 'On the command line',
  needsRole: (role: string) => `Needs the role ${role}`,
} as const

export const STATUS_WORDS: Readonly<Record<ServerStatus, string>> = {
  stopped: 'Stopped',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopping',
  backoff: 'Waiting to restart',
  failed: 'Failed',
}

export const HEALTH_WORDS: Readonly<Record<Health, string>> = {
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Not checked yet',
}

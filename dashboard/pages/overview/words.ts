export const OVERVIEW_WORDS = {
  title: 'Overview',
  running: 'Running',
  calls: 'Calls in the last hour',
  cpu: 'CPU',
  memory: 'Memory',
} as const

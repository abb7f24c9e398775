export const LOGS_WORDS = {
  title: 'Logs',
  description: 'The logs of one server, or of several in the order of time.',
  choose: 'Choose servers',
  chosen: (names: readonly string[]) => (names.length === 1 ? names[0]! : `${names.length} servers`),
  most: (count: number) => `Up to ${count} at a time.`,
  empty: 'No servers yet',
  emptyText: 'Their logs stand here as soon as there is one.',
  find: 'Find a server',
} as const

export const INSIGHTS_WORDS = {
  title: 'Insights',
  text: 'What was learned from measurement, what went wrong and why, and everything the platform remembers.',
  views: 'Kinds of insight',
  recommendations: 'Recommendations',
  incidents: 'Incidents',
  memories: 'Memories',
} as const

export const RECOMMENDATION_LIST_WORDS = {
  list: 'Recommendations',
  state: 'State',
  any: 'Any state',
  analyze: 'Look now',
  explain: 'Look and ask the model',
  growth: 'Memory that grows',
  together: 'What servers show together',
  analyzed: (count: number) => `Looked at ${count} ${count === 1 ? 'server' : 'servers'}`,
  skipped: 'Too little is known of',
  emptyTitle: 'Nothing to change',
  emptyText:
    'Recommendations come from measurements of each server: what it needs, how often it was killed or slowed down, and what similar ones need.',
  emptyCli: 'haivemind optimize',
} as const

export const INCIDENT_WORDS = {
  list: 'Incidents, the newest first',
  state: 'State',
  any: 'Open and resolved',
  states: { open: 'open', resolved: 'resolved' },
  times: (count: number) => (count === 1 ? 'once' : `${count} times`),
  timeline: 'Timeline',
  tail: 'Its last words',
  since: 'Since',
  suspected: 'came just before it began',
  hint: 'What helps',
  remedies: 'What helped before',
  runbook: 'runbook',
  resolution: 'Over because',
  omitted: (count: number) => `${count} entries between are not kept`,
  more: 'Show older incidents',
  emptyTitle: 'No incidents',
  emptyText:
    'Crashes, kills for memory, servers that stop answering: one incident each, however often it happens.',
  emptyCli: 'haivemind incidents',
} as const

export const MEMORY_WORDS = {
  list: 'Memories',
  search: 'Search memories',
  placeholder: 'words, a server, a tag',
  category: 'Category',
  all: 'Every category',
  server: 'Server',
  go: 'Search',
  by: 'by',
  times: (count: number) => `${count} times`,
  score: (score: string) => `match ${score}`,
  newer: 'Newer',
  older: 'Older',
  shown: (from: number, to: number, total: number) => `${from}–${to} of ${total}`,
  details: 'Details',
  from: 'from',
  emptyTitle: 'Nothing is remembered yet',
  emptyText:
    'Every deployment, start, crash and change becomes a memory that people and agents can search and share.',
  emptyCli: 'haivemind memory recent',
} as const

import { formatNumber, plural } from '../../lib/format.ts'

export const HUB_WORDS = {
  title: 'Hub',
  text: 'Several servers behind one endpoint: a client is set up once and sees the tools of all of them.',
  tabs: { label: 'Parts of the hub', offer: 'What it offers', connect: 'Connect a client' },
  servers: 'Servers',
  serversText: 'A token decides what a client may use; the address can only narrow it.',
  all: 'All servers that the token may use',
  some: 'Only these',
  offer: 'Tools',
  columns: { tool: 'Name at the hub', server: 'Server', tokens: 'Tokens', notes: 'Notes' },
  find: 'Find a tool',
  sum: (tools: number, servers: number, tokens: number) =>
    `${plural(tools, 'tool')} of ${plural(servers, 'server')}, about ${formatNumber(tokens)} tokens in the context of a model`,
  many: 'Models choose worse among so many tools: leave some servers out, or switch tools off.',
  tooMany: (max: number) => `More than ${max} servers: choose some to see their tools.`,
  shortened: 'shortened, ends in a digest',
  shortenedText: 'Clients take names of at most 128 plain characters.',
  twin: (others: number) => `also on ${plural(others, 'other server')}`,
  noConflict: 'No two tools share a name: each begins with its server.',
  twins: (count: number) =>
    `${plural(count, 'name')} on several servers. The prefix keeps them apart, yet a model may take one for the other.`,
  absent: (names: readonly string[]) => `Not listed while not running: ${names.join(', ')}.`,
  matching: (text: string) => `tools called “${text}”`,
  emptyTitle: 'Nothing to offer yet',
  emptyText: 'Tools show up here once a server runs.',
  emptyCli: 'haivemind deploy ./my-server.zip',
} as const

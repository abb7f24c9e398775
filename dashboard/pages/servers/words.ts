export const SERVERS_WORDS = {
  title: 'Servers',
  list: 'Hosted servers',
  emptyTitle: 'No server yet',
  emptyText:
    'An MCP server in an archive becomes a contained process with a URL that any MCP client can use.',
  emptyCli: 'haivemind deploy ./my-server --wait',
} as const

/** Clients that are given a server by their file, or by hand. */
import type { ClientEntry, ConnectTarget } from './client.ts'
import { TOKEN_PLACE, TOKEN_VARIABLE } from './client.ts'
import { buildBridge, buildHeaders, encodeText } from './encode.ts'

const CHECKED = '2026-11'
const PROBE_VERSIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const

export const FILE_CLIENTS: readonly ClientEntry[] = [
  {
    id: 'claude',
    title: 'Claude (web, desktop, mobile)',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'vendor',
    build({ name, url }) {
      const link = (path: string) =>
        `https://claude.ai/${path}?modal=add-custom-connector&connectorName=${encodeText(name)}&connectorUrl=${encodeText(url)}`
      return {
        links: [
          { label: 'Add to Claude', href: link('customize/connectors') },
          { label: 'For an organisation, as its owner', href: link('admin-settings/connectors') },
        ],
        steps: ['The link fills in the form; press Add, then Connect, and sign in.'],
      }
    },
  },
  {
    id: 'chatgpt',
    title: 'ChatGPT',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'vendor',
    build: ({ name, url }) => ({
      steps: [
        'Open Plugins and choose to add a custom MCP server.',
        `Name it ${name} and give it the URL ${url}.`,
      ],
    }),
  },
  {
    id: 'claude-desktop',
    title: 'Claude Desktop, by a program on this machine',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: (target) => ({
      files: (
        [
          ['macOS', 'darwin', '~/Library/Application Support/Claude/claude_desktop_config.json'],
          ['Linux', 'linux', '~/.config/Claude/claude_desktop_config.json'],
        ] as const
      ).map(([label, os, path]) => ({
        label,
        path,
        os,
        format: 'json',
        at: ['mcpServers', target.name],
        entry: buildBridge(target),
      })),
    }),
  },
  {
    id: 'junie',
    title: 'Junie',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: (target) => ({
      files: [
        {
          label: 'For one project',
          path: './.junie/mcp/mcp.json',
          format: 'json',
          at: ['mcpServers', target.name],
          entry: buildBridge(target),
        },
      ],
    }),
  },
  {
    id: 'zed',
    title: 'Zed',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      files: [
        {
          label: 'For this user',
          path: '~/.config/zed/settings.json',
          format: 'json',
          at: ['context_servers', name],
          entry: { url, headers: buildHeaders(null) },
        },
      ],
    }),
  },
  ...(
    [
      ['jetbrains', 'JetBrains AI Assistant', null],
      ['warp', 'Warp', '~/.warp/.mcp.json'],
      ['cline', 'Cline', null],
    ] as const
  ).map(([id, title, path]): ClientEntry => ({
    id,
    title,
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: (target) => buildPasted(id, path, target),
  })),
  {
    id: 'continue',
    title: 'Continue',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      files: [
        {
          label: 'For this user',
          path: `~/.continue/mcpServers/${name}.yaml`,
          format: 'yaml',
          at: ['mcpServers', name],
          entry: {
            name,
            type: 'streamable-http',
            url,
            requestOptions: { headers: buildHeaders(null) },
          },
        },
      ],
    }),
  },
  {
    id: 'raycast',
    title: 'Raycast',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      steps: [
        'Run its command Install MCP Server.',
        `Choose HTTP, name it ${name} and give it the URL ${url}.`,
        `Add the header Authorization with the value Bearer ${TOKEN_PLACE}.`,
      ],
    }),
  },
  {
    id: 'other',
    title: 'Any other client',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build: (target) => ({
      commands: [
        { label: 'Is it there? (revision 2026-07-28)', argv: buildProbe(target, 'modern') },
        { label: 'Is it there? (2025-11-25 and before)', argv: buildProbe(target, 'legacy') },
        { label: 'For clients that only start programs', argv: ['haivemind', 'connect', ...target.bridge] },
      ],
      steps: [
        `The transport is Streamable HTTP, the URL is ${target.url}.`,
        `Send the header Authorization: Bearer ${TOKEN_PLACE}.`,
      ],
    }),
  },
]

/** Clients whose place for it is their own settings page, where the path is null. */
function buildPasted(id: string, path: string | null, { name, url }: ConnectTarget) {
  const entry = { ...(id === 'cline' ? { type: 'streamableHttp' } : {}), url, headers: buildHeaders(null) }
  return {
    files: [
      {
        label: path === null ? 'Paste it into its MCP settings' : 'For this user',
        path: path ?? '',
        format: 'json' as const,
        at: ['mcpServers', name],
        entry,
      },
    ],
  }
}

function buildProbe({ url }: ConnectTarget, era: keyof typeof PROBE_VERSIONS): readonly string[] {
  const version = PROBE_VERSIONS[era]
  const clientInfo = { name: 'curl', version: '1' }
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const message =
    era === 'modern'
      ? { jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: meta } }
      : {
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: { protocolVersion: version, capabilities: {}, clientInfo },
        }
  return [
    'curl',
    '-sS',
    url,
    ...(era === 'modern'
      ? ['-H', `MCP-Protocol-Version: ${version}`, '-H', 'Mcp-Method: server/discover']
      : []),
    '-H',
    `Authorization: Bearer $${TOKEN_VARIABLE}`,
    '-H',
    'Content-Type: application/json',
    '-H',
    'Accept: application/json, text/event-stream',
    '-d',
    JSON.stringify(message),
  ]
}

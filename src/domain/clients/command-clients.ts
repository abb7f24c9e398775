/** Clients on the command line: they bring a command of their own, and keep a file. */
import type { ClientEntry } from './client.ts'
import { TOKEN_VARIABLE } from './client.ts'
import { buildHeaders, SHELL_REFERENCE } from './encode.ts'

const CHECKED = '2026-11'
const HEADER = `Authorization: Bearer $${TOKEN_VARIABLE}`

export const COMMAND_CLIENTS: readonly ClientEntry[] = [
  {
    id: 'claude-code',
    title: 'Claude Code',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build({ name, url }) {
      const entry = { type: 'http', url, headers: buildHeaders(SHELL_REFERENCE) }
      const add = (scope: string) =>
        [
          'claude',
          'mcp',
          'add',
          '--transport',
          'http',
          '--scope',
          scope,
          name,
          url,
          '--header',
          HEADER,
        ] as const
      return {
        commands: [
          { label: 'For all your projects', argv: add('user') },
          { label: 'For you in this project', argv: add('local') },
          { label: 'For everybody in this project', argv: add('project') },
        ],
        files: [
          {
            label: 'For all your projects',
            path: '~/.claude.json',
            format: 'json',
            at: ['mcpServers', name],
            entry,
          },
          {
            label: 'For everybody in this project',
            path: './.mcp.json',
            format: 'json',
            at: ['mcpServers', name],
            entry,
          },
        ],
      }
    },
  },
  {
    id: 'codex',
    title: 'Codex',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build: ({ name, url }) => ({
      commands: [
        {
          label: 'For this user',
          argv: ['codex', 'mcp', 'add', name, '--url', url, '--bearer-token-env-var', TOKEN_VARIABLE],
        },
      ],
      files: [
        {
          label: 'For this user',
          path: '~/.codex/config.toml',
          format: 'toml',
          at: ['mcp_servers', name],
          // `headers` is ignored there.
          entry: { url, bearer_token_env_var: TOKEN_VARIABLE },
        },
      ],
    }),
  },
  {
    id: 'gemini-cli',
    title: 'Gemini CLI',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build: ({ name, url }) => ({
      commands: [
        {
          label: 'For this project',
          argv: ['gemini', 'mcp', 'add', '--transport', 'http', '--header', HEADER, name, url],
        },
      ],
      files: [
        {
          label: 'For this user',
          path: '~/.gemini/settings.json',
          format: 'json',
          at: ['mcpServers', name],
          // `url` would mean HTTP+SSE there.
          entry: { httpUrl: url, headers: buildHeaders(SHELL_REFERENCE) },
        },
      ],
    }),
  },
  {
    id: 'antigravity',
    title: 'Antigravity',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      // Flags come first.
      commands: [{ label: 'For this user', argv: ['agy', 'mcp', 'add', '--header', HEADER, name, url] }],
      files: [
        {
          label: 'For this user',
          path: '~/.gemini/config/mcp_config.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { serverUrl: url, headers: buildHeaders(null) },
        },
      ],
    }),
  },
  {
    id: 'devin',
    title: 'Devin Desktop',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      commands: [
        { label: 'For this user', argv: ['devin', 'mcp', 'add', '-s', 'user', '-H', HEADER, name, url] },
      ],
      files: [
        {
          label: 'For this user',
          path: '~/.config/devin/mcp_config.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { url, transport: 'http', headers: buildHeaders(null) },
        },
      ],
    }),
  },
  {
    id: 'windsurf',
    title: 'Windsurf (before Devin Desktop)',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      files: [
        {
          label: 'For this user',
          path: '~/.codeium/windsurf/mcp_config.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { serverUrl: url, headers: buildHeaders(null) },
        },
      ],
    }),
  },
  {
    id: 'opencode',
    title: 'opencode',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build({ name, url }) {
      const entry = { type: 'remote', url, headers: buildHeaders(`{env:${TOKEN_VARIABLE}}`) }
      return {
        files: [
          {
            label: 'Version 2',
            path: '~/.config/opencode/opencode.json',
            format: 'json',
            at: ['mcp', 'servers', name],
            entry,
          },
          {
            label: 'Version 1',
            path: '~/.config/opencode/opencode.json',
            format: 'json',
            at: ['mcp', name],
            entry,
          },
        ],
      }
    },
  },
]

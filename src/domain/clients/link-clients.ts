/** Clients that are given a server by a link, with their files beside it. */
import type { ClientEntry, ConnectTarget } from './client.ts'
import { buildHeaders, EDITOR_REFERENCE, encodeBase64, encodeText } from './encode.ts'

const CHECKED = '2026-11'

export const LINK_CLIENTS: readonly ClientEntry[] = [
  {
    id: 'cursor',
    title: 'Cursor',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'environment',
    from: 'machine',
    build: ({ name, url }) => ({
      // The inner object, not wrapped in the name; the base64 is encoded once more, for its + and =.
      links: [
        {
          label: 'Add to Cursor',
          href: `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeText(name)}&config=${encodeText(encodeBase64({ url }))}`,
        },
      ],
      files: [
        {
          label: 'For all projects',
          path: '~/.cursor/mcp.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { url, headers: buildHeaders(EDITOR_REFERENCE) },
        },
        {
          label: 'For one project',
          path: './.cursor/mcp.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { url, headers: buildHeaders(EDITOR_REFERENCE) },
        },
      ],
    }),
  },
  {
    id: 'vscode',
    title: 'VS Code',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'prompt',
    from: 'machine',
    build(target) {
      const { name, url } = target
      const entry = { type: 'http', url, headers: buildHeaders('${input:token}') }
      const inputs = [buildPrompt(target)]
      const install = { name, ...entry, inputs }
      const link = (scheme: string) => `${scheme}:mcp/install?${encodeText(JSON.stringify(install))}`
      return {
        links: [
          { label: 'Add to VS Code', href: link('vscode') },
          { label: 'Add to VS Code Insiders', href: link('vscode-insiders') },
          {
            label: 'Where such links are stripped',
            href: `https://insiders.vscode.dev/redirect?url=${encodeText(link('vscode'))}`,
          },
        ],
        commands: [
          {
            label: 'For this user',
            argv: ['code', '--add-mcp', JSON.stringify({ name, type: 'http', url })],
          },
        ],
        files: [
          {
            label: 'For one project',
            path: './.vscode/mcp.json',
            format: 'json',
            at: ['servers', name],
            entry: { ...entry, headers: buildHeaders(`\${input:${name}-token}`) },
            beside: [{ at: ['inputs'], value: { ...buildPrompt(target), id: `${name}-token` } }],
          },
        ],
      }
    },
  },
  {
    id: 'visual-studio',
    title: 'Visual Studio',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'machine',
    build: ({ name, url }) => ({
      links: [
        {
          label: 'Add to Visual Studio',
          href: `https://vs-open.link/mcp-install?${encodeText(JSON.stringify({ name, type: 'http', url }))}`,
        },
      ],
      files: [
        {
          label: 'For one solution',
          path: './.mcp.json',
          format: 'json',
          at: ['servers', name],
          entry: { url },
        },
      ],
    }),
  },
  {
    id: 'lm-studio',
    title: 'LM Studio (0.3.17 and later)',
    checkedOn: CHECKED,
    isDocumented: true,
    token: 'paste',
    from: 'machine',
    build: ({ name, url }) => ({
      links: [
        {
          label: 'Add to LM Studio',
          href: `lmstudio://add_mcp?name=${encodeText(name)}&config=${encodeText(encodeBase64({ url }))}`,
        },
      ],
      files: [
        {
          label: 'For this user',
          path: '~/.lmstudio/mcp.json',
          format: 'json',
          at: ['mcpServers', name],
          entry: { url, headers: buildHeaders(null) },
        },
      ],
    }),
  },
  {
    id: 'goose',
    title: 'Goose',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'machine',
    build: ({ name, title, description, url }) => ({
      links: [
        {
          label: 'Add to Goose',
          href: `goose://extension?url=${encodeText(url)}&type=streamable_http&timeout=300&id=${encodeText(name)}&name=${encodeText(title)}&description=${encodeText(description)}`,
        },
      ],
    }),
  },
  {
    id: 'cherry-studio',
    title: 'Cherry Studio',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'machine',
    build: (target) => ({
      links: [
        {
          label: 'Add to Cherry Studio',
          href: `cherrystudio://mcp/install?servers=${encodeText(encodeBase64(wrap(target)))}`,
        },
      ],
    }),
  },
  {
    id: 'deepchat',
    title: 'DeepChat',
    checkedOn: CHECKED,
    isDocumented: false,
    token: 'sign_in',
    from: 'machine',
    build: (target) => ({
      links: [
        {
          label: 'Add to DeepChat',
          href: `deepchat://mcp/install?code=${encodeText(encodeBase64(wrap(target)))}`,
        },
      ],
    }),
  },
]

function wrap({ name, url }: ConnectTarget) {
  return { mcpServers: { [name]: { type: 'http', url } } }
}

function buildPrompt({ title }: ConnectTarget) {
  return {
    id: 'token',
    type: 'promptString',
    password: true,
    description: `Token of hAIveMind Hosting for ${title}`,
  }
}

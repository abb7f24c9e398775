import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json.ts'
import { CLIENTS, findCaution, findObstacle, findReach } from './client-list.ts'
import { buildEndpointTarget, buildServerTarget } from './client-target.ts'
import type { ClientFile, ConnectTarget } from './client.ts'
import { renderCommand } from './encode.ts'
import { renderFile } from './render-entry.ts'

const AWKWARD = { name: 'weather', description: 'Köln & "x" <b>; 100% 天気 + #?' }
const targetAt = (baseUrl: string, canSignIn = true) => buildServerTarget(AWKWARD, { baseUrl, canSignIn })
const target = targetAt('https://mcp.example.org')
const U = 'https://mcp.example.org/servers/weather/mcp'

/** What one link says, read as its client reads it. */
type Decoded = { readonly name: string | null; readonly url: unknown }
const fromBase64 = (text: string | null) =>
  JSON.parse(Buffer.from(text ?? '', 'base64').toString()) as JsonObject
const only = (wrapped: JsonObject): Decoded => {
  const [name, entry] = Object.entries(wrapped['mcpServers'] as JsonObject)[0] ?? ['', {}]
  return { name, url: (entry as JsonObject)['url'] }
}
const whole = (text: string): Decoded => {
  const { name, url } = JSON.parse(decodeURIComponent(text)) as { name: string; url: string }
  return { name, url }
}
function decodeLink(href: string): Decoded {
  const link = new URL(href)
  const { searchParams: query } = link
  switch (`${link.protocol}${link.host}${link.pathname}`) {
    case 'cursor:anysphere.cursor-deeplink/mcp/install':
    case 'lmstudio:add_mcp':
      return { name: query.get('name'), url: fromBase64(query.get('config'))['url'] }
    case 'vscode:mcp/install':
    case 'vscode-insiders:mcp/install':
      return whole(link.search.slice(1))
    case 'https:insiders.vscode.dev/redirect':
      return decodeLink(query.get('url') ?? '')
    case 'https:vs-open.link/mcp-install':
      return whole(link.search.slice(1))
    case 'goose:extension':
      // Its words are shown to people; what differs there shows in the URL here.
      return query.get('description') === AWKWARD.description && query.get('name') === 'weather'
        ? { name: query.get('id'), url: query.get('url') }
        : { name: null, url: null }
    case 'cherrystudio:mcp/install':
      return only(fromBase64(query.get('servers')))
    case 'deepchat:mcp/install':
      return only(fromBase64(query.get('code')))
    case 'https:claude.ai/customize/connectors':
    case 'https:claude.ai/admin-settings/connectors':
      return { name: query.get('connectorName'), url: query.get('connectorUrl') }
    default:
      throw new Error(`nothing is known of ${href}`)
  }
}

const links = CLIENTS.flatMap(({ id, build }) =>
  (build(target).links ?? []).map(({ label, href }) => [`${id}: ${label}`, href] as const),
)
const files = CLIENTS.flatMap(({ id, build }) =>
  (build(target).files ?? [])
    .filter(({ format }) => format !== 'yaml')
    .map((file) => [`${id}: ${file.path}`, file] as const),
)

describe('the clients', () => {
  it('are all that there are, each once, with the month of the last look', () => {
    expect(CLIENTS.map(({ id }) => id)).toEqual([
      'claude-code', 'cursor', 'vscode', 'claude', 'claude-desktop', 'chatgpt', 'codex', 'gemini-cli',
      'antigravity', 'cherry-studio', 'cline', 'continue', 'deepchat', 'devin', 'goose', 'jetbrains', 'junie',
      'lm-studio', 'opencode', 'raycast', 'visual-studio', 'warp', 'windsurf', 'zed', 'other',
    ]) // prettier-ignore
    for (const { checkedOn } of CLIENTS) expect(checkedOn).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/)
    expect(links).toHaveLength(11)
  })

  it.each(links)('U-16: the link of %s decodes to the same URL and name', (_, href) => {
    expect(decodeLink(href)).toEqual({ name: 'weather', url: U })
    expect(href.length).toBeLessThan(8000)
  })

  it.each(files)('U-16: the file of %s holds the same URL and name', (_, file) => {
    expect(file.at.at(-1)).toBe('weather')
    expect(readEntry(file)).toEqual(file.entry)
    const { url, httpUrl, serverUrl, args, env } = file.entry
    const bridged = JSON.stringify([args, (env as JsonObject | undefined)?.['HAIVEMIND_URL']])
    expect([U, '[["connect","weather"],"https://mcp.example.org"]']).toContain(
      url ?? httpUrl ?? serverUrl ?? bridged,
    )
  })

  it('U-16: the file of Continue is one server in YAML', () => {
    const [file] = CLIENTS.find(({ id }) => id === 'continue')?.build(target).files ?? []
    expect(file?.path).toBe('~/.continue/mcpServers/weather.yaml')
    expect(renderFile(file!)).toBe(
      [
        'name: hAIveMind Hosting',
        'version: 0.0.1',
        'schema: v1',
        'mcpServers:',
        '  - name: "weather"',
        '    type: "streamable-http"',
        `    url: "${U}"`,
        '    requestOptions:',
        '      headers:',
        '        Authorization: "Bearer YOUR_TOKEN"',
        '',
      ].join('\n'),
    )
  })

  it('U-16: each command names URL and server as a shell reads them', () => {
    for (const { id, build } of CLIENTS) {
      for (const { argv } of build(target).commands ?? []) {
        const text = argv.join(' ')
        expect(text.includes(U) || text === 'haivemind connect weather', `${id}: ${text}`).toBe(true)
      }
    }
    const claude = CLIENTS.find(({ id }) => id === 'claude-code')?.build(target).commands?.[0]
    expect(renderCommand(claude?.argv ?? [])).toBe(
      'claude mcp add --transport http --scope user weather https://mcp.example.org/servers/weather/mcp --header "Authorization: Bearer $HAIVEMIND_MCP_TOKEN"',
    )
    expect(renderCommand(['curl', `it's`, '$HOME', '"$HAIVEMIND_MCP_TOKEN'])).toBe(
      String.raw`curl 'it'\''s' '$HOME' '"$HAIVEMIND_MCP_TOKEN'`,
    )
  })

  it('reach the hub and the platform’s own tools too', () => {
    const facts = { baseUrl: 'https://mcp.example.org', canSignIn: true }
    const hub = buildEndpointTarget('hub', facts)
    expect(decodeLink(linkOf('cursor', hub))).toEqual({
      name: 'haivemind-hub',
      url: 'https://mcp.example.org/hub/mcp',
    })
    expect(decodeLink(linkOf('vscode', buildEndpointTarget('platform', facts)))).toEqual({
      name: 'haivemind',
      url: 'https://mcp.example.org/mcp',
    })
  })

  it('get no token in any link, whatever the link', () => {
    const plain = { ...target, description: 'plain' }
    for (const { href } of CLIENTS.flatMap(({ build }) => build(plain).links ?? [])) {
      expect(decodeURIComponent(decodeURIComponent(href))).not.toMatch(/Bearer (?!\$\{input:token\})/)
    }
  })
})

describe('what cannot work', () => {
  const obstacleOf = (id: string, at: ConnectTarget) =>
    findObstacle(
      CLIENTS.find((one) => one.id === id)!,
      at,
    )

  it('U-17: Claude and ChatGPT are disabled at a loopback URL, with the reason', () => {
    for (const url of ['http://127.0.0.1:8910', 'http://localhost:8910', 'http://[::1]:8910']) {
      for (const id of ['claude', 'chatgpt']) {
        expect(obstacleOf(id, targetAt(url))).toContain('is reached from this machine only')
      }
      expect(obstacleOf('cursor', targetAt(url))).toBeNull()
    }
  })

  it('needs https and a public name for those who connect from elsewhere, and an issuer to sign in', () => {
    expect(obstacleOf('claude', targetAt('https://10.1.2.3'))).toContain('is not reached from there')
    expect(obstacleOf('claude', targetAt('http://mcp.example.org'))).toContain('takes https')
    expect(obstacleOf('claude', targetAt('https://mcp.example.org', false))).toContain('security.oauth')
    expect(obstacleOf('claude', target)).toBeNull()
    expect(obstacleOf('goose', targetAt('http://127.0.0.1:8910', false))).toContain('no issuer is configured')
    expect(obstacleOf('claude-code', targetAt('http://127.0.0.1:8910', false))).toBeNull()
  })

  it('tells loopback, private and public apart', () => {
    const reach = (host: string) => findReach(`https://${host}/mcp`)
    expect(['localhost', '127.9.9.9', '[::1]', 'a.localhost'].map(reach)).toEqual(Array(4).fill('loopback'))
    expect(['10.0.0.1', 'nas', 'box.local', '[fd00::1]', 'a.internal'].map(reach)).toEqual(
      Array(5).fill('private'),
    )
    expect(['mcp.example.org', '9.9.9.9', '[2606:4700::1111]'].map(reach)).toEqual(Array(3).fill('public'))
  })

  it('warns of what works and is a risk', () => {
    const zed = CLIENTS.find(({ id }) => id === 'zed')!
    expect(findCaution(zed, targetAt('http://10.0.0.1:8910'))).toEqual([
      'Over plain http the token can be read on the way.',
      'The token itself stands in its file: take one that expires and may little.',
    ])
  })
})

function linkOf(id: string, at: ConnectTarget): string {
  return CLIENTS.find((client) => client.id === id)?.build(at).links?.[0]?.href ?? ''
}

function readEntry(file: ClientFile): unknown {
  const text = renderFile(file)
  let value: unknown = file.format === 'toml' ? parse(text) : JSON.parse(text)
  for (const key of file.at) value = (value as JsonObject)[key]
  return value
}

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CLIENTS } from '../../domain/clients/client-list.ts'
import { buildServerTarget } from '../../domain/clients/client-target.ts'
import { renderFile } from '../../domain/clients/render-entry.ts'
import { applyChange, planAdd, planRemove } from './change-file.ts'
import { addEntry, renderDifference, type Snippet } from './edit-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'haivemind-clients-'))
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0
const place = (text?: string) => {
  const path = join(folder, `file-${++count}`)
  if (text !== undefined) writeFileSync(path, text, { mode: 0o644 })
  return path
}
const target = buildServerTarget(
  { name: 'weather', description: '' },
  { baseUrl: 'http://127.0.0.1:8910', canSignIn: false },
)
const snippetOf = (id: string): Snippet => {
  const file = CLIENTS.find((client) => client.id === id)?.build(target).files?.[0]
  return { format: file!.format, at: file!.at, text: renderFile(file!) }
}
const add = async (path: string, snippet: Snippet) => applyChange(await planAdd(path, snippet, 'weather'))
const remove = async (path: string, snippet: Snippet) =>
  applyChange(await planRemove(path, snippet, 'weather'))
const read = (path: string) => readFileSync(path, 'utf8')

const COMMENTED = `{
    // mine
    "theme": "dark",
    "mcpServers": { "other": { "url": "http://example.org/mcp" }, },
}
`
const TOML = `model = "x" # mine\n\n[mcp_servers.other]\nurl = "http://example.org/mcp"\n`

describe('the file of a client', () => {
  it.each([
    ['cursor', COMMENTED],
    ['vscode', `{ "servers": {}, "inputs": [ { "id": "mine" } ] }\n`],
    ['codex', TOML],
    ['claude-desktop', '{"a":[1,2]}'],
  ])('of %s is byte for byte as it was after add and remove', async (id, text) => {
    const path = place(text)
    await add(path, snippetOf(id))
    expect(read(path)).toContain('weather')
    expect(read(`${path}.before-weather`)).toBe(text)
    await remove(path, snippetOf(id))
    expect(read(path)).toBe(text)
    expect(existsSync(`${path}.before-weather`)).toBe(false)
    expect(statSync(path).mode & 0o777).toBe(0o644)
  })

  it('is made for its owner alone, and goes again', async () => {
    for (const id of ['cursor', 'codex', 'continue']) {
      const path = place()
      await add(path, snippetOf(id))
      expect(statSync(path).mode & 0o777).toBe(0o600)
      await remove(path, snippetOf(id))
      expect(existsSync(path)).toBe(false)
    }
  })

  it('keeps comments, other servers and what came since', async () => {
    const path = place(COMMENTED)
    await add(path, snippetOf('cursor'))
    expect(read(path)).toContain('// mine')
    expect(read(path)).toContain('"other"')
    writeFileSync(path, read(path).replace('dark', 'light'))
    await remove(path, snippetOf('cursor'))
    expect(read(path)).toContain('"theme": "light"')
    expect(read(path)).not.toContain('weather')
    const toml = addEntry(TOML, snippetOf('codex'))
    expect(toml).toBe(
      `${TOML}\n[mcp_servers.weather]\nurl = "http://127.0.0.1:8910/servers/weather/mcp"\nbearer_token_env_var = "HAIVEMIND_MCP_TOKEN"\n`,
    )
    expect(addEntry(toml, snippetOf('codex'))).toBe(toml)
  })

  it('asks VS Code for a token once, however often it is added', async () => {
    const once = addEntry('{"inputs":[{"id":"mine"}]}', snippetOf('vscode'))
    const value = JSON.parse(once) as { inputs: { id: string }[] }
    expect(value.inputs.map(({ id }) => id)).toEqual(['mine', 'weather-token'])
    expect(addEntry(once, snippetOf('vscode'))).toBe(once)
  })

  it('is left alone when it cannot be read, or has no such entry', async () => {
    const path = place('{ "a": ')
    await expect(planAdd(path, snippetOf('cursor'), 'weather')).rejects.toMatchObject({ code: 'usage' })
    await expect(planAdd(place('a = = 1'), snippetOf('codex'), 'weather')).rejects.toMatchObject({
      code: 'usage',
    })
    await expect(planRemove(place('{}'), snippetOf('cursor'), 'weather')).rejects.toMatchObject({
      code: 'usage',
    })
    await expect(planAdd(folder, snippetOf('cursor'), 'weather')).rejects.toMatchObject({ code: 'usage' })
    expect(read(path)).toBe('{ "a": ')
  })

  it('stays a link where it is one', async () => {
    const real = place('{}')
    const link = place()
    symlinkSync(real, link)
    await add(link, snippetOf('cursor'))
    expect(read(real)).toContain('weather')
    expect(read(link)).toBe(read(real))
  })

  it('shows what would change, line by line', () => {
    const before = '{\n  "a": 1\n}\n'
    expect(
      renderDifference(before, addEntry(before, { format: 'json', at: ['b'], text: '{"b":{}}' })),
    ).toEqual(['-   "a": 1', '+   "a": 1,', '+   "b": {}'])
  })
})

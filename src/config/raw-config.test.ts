import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadConfig } from './load.ts'
import { findDataDir } from './raw-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'haivemind-raw-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'config'))

const find = async (text: string | null, environment: Record<string, string> = {}) => {
  const file = text === null ? undefined : join(folder, 'config', 'own.json')
  if (file !== undefined) writeFileSync(file, text ?? '')
  const place = [file, environment, folder] as const
  return { found: await findDataDir(...place), load: () => loadConfig(...place) }
}

it.each([
  [null, {}, 'data'],
  ['{}', {}, 'data'],
  ['{ "mcp_hosting": { "data_dir": "/var/lib/x" } }', {}, '/var/lib/x'],
  ['{ // where\n "mcp_hosting": { "data_dir": "there", }, }', {}, 'there'],
  ['{ "mcp_hosting": { "data_dir": "there" } }', { HAIVEMIND__DATA_DIR: '"here"' }, 'here'],
  [null, { HAIVEMIND__DATA_DIR: 'here' }, 'here'],
])('finds the data of %s with %o where the platform keeps it', async (text, environment, expected) => {
  const { found, load } = await find(text, environment)
  expect(found).toBe(expected.startsWith('/') ? expected : join(folder, expected))
  expect((await load()).config.data_dir).toBe(found)
})

it.each([
  '{ "mcp_hosting": { "data_dir": 7 } }',
  '{ "mcp_hosting": { "data_dir": "" } }',
  '{ "mcp_hosting": 7 }',
])('leaves %s to those who refuse it', async (text) => {
  const { found, load } = await find(text)
  expect(found).toBeNull()
  await expect(load()).rejects.toMatchObject({ code: 'invalid_platform_config' })
})

it('refuses what cannot be read at all', async () => {
  await expect(find('{ "mcp_hosting": ')).rejects.toMatchObject({ code: 'invalid_platform_config' })
  await expect(findDataDir('absent.json', {}, folder)).rejects.toMatchObject({
    code: 'invalid_platform_config',
  })
})

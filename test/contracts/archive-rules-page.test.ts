import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REJECT_CODES } from '../../src/domain/archive.ts'
import { serverConfigSchema } from '../../src/domain/server-config.ts'

const page = readFileSync(new URL('../../docs/archives.md', import.meta.url), 'utf8')

it('explains every rule in its table, and no other', () => {
  const rows = page.split('\n').filter((line) => /^\| `[A-Z]/.test(line))
  const named = rows.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([A-Z0-9_]+)`/g)].map((match) => match[1]),
  )
  expect(new Set(named)).toEqual(new Set<string>(REJECT_CODES))
  expect(named).toHaveLength(REJECT_CODES.length)
})

it('names every setting that this release refuses', () => {
  const refused = [
    'egress',
    'secrets',
    'transport',
    'port',
    'health_check_url',
    'instances',
    'upstream_era',
    'on_session_loss',
    'idle_stop_seconds',
    'expires_at',
    'sandboxed',
  ]
  expect(refused.filter((key) => !(key in serverConfigSchema.shape))).toEqual([])
  const section = page.slice(page.indexOf('## server_config.json'))
  expect(refused.filter((key) => !section.includes(`\`${key}`))).toEqual([])
})

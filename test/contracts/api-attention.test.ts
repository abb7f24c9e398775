import { describe, expect, it } from 'vitest'
import type { AttentionJson } from '../../src/api/schema/attention.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

const DAY = 24 * 60 * 60 * 1000

describe('GET /api/v1/attention', () => {
  const read = async ({ send }: Awaited<ReturnType<typeof createTestApi>>, token?: string) => {
    const response = await send('GET', '/api/v1/attention', token === undefined ? {} : { token })
    return ((await response.json()) as AttentionJson).items.map(({ kind, server, command }) => [
      kind,
      server,
      command,
    ])
  }

  it('names a held version, what the scan refused, a full disk and, to administrators, a token', async () => {
    const test = await createTestApi({ freeBytes: 100 })
    await test.deploy('held', 'suspicious')
    await test.deploy('bad', 'evil')
    const { text } = await test.access.createToken(
      { name: 'ci', grants: ['servers:read'], expiresInDays: 30 },
      alice,
    )
    test.clock.advance(28 * DAY)
    const full = [
      ['review_waits', 'held', 'haivemind findings held'],
      ['disk_nearly_full', null, 'haivemind cleanup --dry-run'],
    ]
    expect(await read(test)).toEqual([...full, ['token_expires', null, 'haivemind token create']])
    expect(await read(test, text)).toEqual(full)
  })

  it('tells for a day what the scan refused, until something came in under that name', async () => {
    const test = await createTestApi()
    await test.deploy('bad', 'evil')
    expect(await read(test)).toEqual([['scan_blocked', 'bad', 'haivemind scan <archive>']])
    await test.deploy('bad', './run.sh')
    expect(await read(test)).toEqual([])
    await test.deploy('other', 'evil')
    test.clock.advance(2 * DAY)
    expect(await read(test)).toEqual([])
  })
})

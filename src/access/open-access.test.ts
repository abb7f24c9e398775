import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { alice } from '../../test/fakes/hosting.ts'
import type { PlatformEvent } from '../domain/event.ts'
import { openAccess } from './open-access.ts'
import type { LoginSession, TokenRecord, Tokens, UserRecord } from './ports.ts'
import { createMemoryPeople, createMemorySetupCode } from '../../test/fakes/people.ts'
import { createTokenText, parseTokenText } from './token-text.ts'

const DAY_MS = 86_400_000

async function open(
  records: TokenRecord[] = [],
  people: { users?: UserRecord[]; sessions?: LoginSession[] } = {},
) {
  const clock = createFakeClock()
  const events: PlatformEvent[] = []
  const tokens: Tokens = {
    list: async () => [...records],
    create: async (token) => void records.push(token),
    async update(id, changes) {
      const at = records.findIndex((record) => record.id === id)
      records[at] = { ...records[at]!, ...changes }
    },
    async remove(id) {
      records.splice(
        records.findIndex((record) => record.id === id),
        1,
      )
    },
  }
  const access = await openAccess({
    tokens,
    ...createMemoryPeople(people),
    clock,
    events: { emit: (event) => void events.push(event) },
    signInRates: { perAccount: 5, perAddress: 20 },
    setupCodeFile: createMemorySetupCode(),
  })
  const revoked: string[] = []
  access.onRevoked((id) => revoked.push(id))
  return { access, clock, events, records, revoked }
}

const request = { name: 'ci', grants: ['servers:read'], expiresInDays: undefined }

describe('token texts', () => {
  it('look like hvm_<id>_<secret> and carry a checksum', () => {
    const text = createTokenText('01ABC')
    expect(text).toMatch(/^hvm_01ABC_[0-9A-Za-z]{49}$/)
    expect(parseTokenText(text)).toBe('01ABC')
    const last = text.endsWith('a') ? 'b' : 'a'
    expect(parseTokenText(text.slice(0, -1) + last)).toBeNull()
    expect(createTokenText('01ABC')).not.toBe(text)
  })
})

describe('access', () => {
  it('knows a token by its hash alone, also after it was opened again', async () => {
    const { access, records } = await open()
    const { text, record } = await access.createToken(request, alice)
    expect(JSON.stringify(records)).not.toContain(text.split('_')[2])
    const again = await open(records)
    expect(again.access.authenticate(`Bearer ${text}`)).toEqual({
      id: `token:${record.id}`,
      kind: 'token',
      name: 'ci',
      grants: ['servers:read'],
    })
  })

  it('refuses what is absent, malformed, unknown or changed', async () => {
    const { access } = await open()
    const { text } = await access.createToken(request, alice)
    const stranger = createTokenText('01STRANGER')
    const sameId = createTokenText(text.split('_')[1]!)
    for (const header of [
      undefined,
      '',
      'Bearer',
      text,
      `Basic ${text}`,
      `Bearer ${stranger}`,
      `Bearer ${sameId}`,
    ]) {
      expect(access.authenticate(header)).toBeNull()
    }
    expect(access.authenticate(`bearer ${text}`)).not.toBeNull()
  })

  it('lets a token expire after 90 days, or when asked, or never', async () => {
    const { access, clock } = await open()
    const usual = await access.createToken(request, alice)
    const short = await access.createToken({ ...request, expiresInDays: 1 }, alice)
    const endless = await access.createToken({ ...request, expiresInDays: null }, alice)
    const alive = () =>
      [usual, short, endless].map(({ text }) => access.authenticate(`Bearer ${text}`) !== null)
    expect(alive()).toEqual([true, true, true])
    clock.advance(DAY_MS)
    expect(alive()).toEqual([true, false, true])
    clock.advance(89 * DAY_MS)
    expect(alive()).toEqual([false, false, true])
  })

  it('takes no word of a connection for a token that was revoked, has expired or is another', async () => {
    const { access, clock } = await open()
    const connection = {}
    const [kept, short, revoked] = await Promise.all([
      access.createToken(request, alice),
      access.createToken({ ...request, expiresInDays: 1 }, alice),
      access.createToken(request, alice),
    ])
    const ask = (text: string) => access.authenticate(`Bearer ${text}`, connection)?.id ?? null
    expect([ask(short.text), ask(short.text)]).toEqual(Array(2).fill(`token:${short.record.id}`))
    expect(ask(kept.text)).toBe(`token:${kept.record.id}`)
    expect(ask(short.text.slice(0, -1))).toBeNull()
    expect(ask(short.text)).toBe(`token:${short.record.id}`)
    clock.advance(DAY_MS)
    expect(ask(short.text)).toBeNull()
    expect([ask(revoked.text), ask(revoked.text)]).toEqual(Array(2).fill(`token:${revoked.record.id}`))
    await access.revokeToken(revoked.record.id, alice)
    expect(ask(revoked.text)).toBeNull()
    expect(access.authenticate(undefined, connection)).toBeNull()
    expect(ask(kept.text)).toBe(`token:${kept.record.id}`)
  })

  it('ends the streams of a token that expires', async () => {
    const { access, clock, revoked } = await open()
    const { record } = await access.createToken({ ...request, expiresInDays: 1 }, alice)
    clock.advance(DAY_MS - 60_000)
    expect(revoked).toEqual([])
    clock.advance(120_000)
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(30_000)
    expect(revoked).toContain(`token:${record.id}`)
  })

  it('revokes at once, and tells', async () => {
    const { access, revoked, records, events } = await open()
    const { text, record } = await access.createToken(request, alice)
    await access.revokeToken(record.id, alice)
    expect(access.authenticate(`Bearer ${text}`)).toBeNull()
    expect(revoked).toEqual([`token:${record.id}`])
    expect(records).toEqual([])
    expect(events.map(({ type }) => type)).toEqual(['token.created', 'token.revoked'])
    await expect(access.revokeToken(record.id, alice)).rejects.toMatchObject({ code: 'token_not_found' })
  })

  it('knows no scope that does not exist', async () => {
    const { access } = await open()
    await expect(access.createToken({ ...request, grants: ['root'] }, alice)).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(access.createToken({ ...request, grants: [] }, alice)).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('writes last-used times in batches', async () => {
    const { access, clock, records } = await open()
    const { text } = await access.createToken(request, alice)
    clock.advance(1_000)
    access.authenticate(`Bearer ${text}`)
    expect(records[0]?.lastUsedAt).toBeNull()
    expect(access.listTokens()[0]?.lastUsedAt).toBe(clock.now())
    const used = clock.now()
    await access.close()
    expect(records[0]?.lastUsedAt).toBe(used)
  })

  it('has a local token that only the latest start knows, with admin and mcp:call', async () => {
    const { access } = await open()
    const first = access.createLocalToken()
    const second = access.createLocalToken()
    expect(access.authenticate(`Bearer ${first}`)).toBeNull()
    expect(access.authenticate(`Bearer ${second}`)).toEqual({
      id: 'local',
      kind: 'local',
      name: 'local',
      grants: ['admin', 'mcp:call'],
    })
    expect(access.listTokens()).toEqual([])
  })
})

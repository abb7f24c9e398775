/** From what happens to what somebody is told: once, together in a storm, tried again, and never a secret. */
import { describe, expect, it } from 'vitest'
import type { ChannelListJson, ChannelMadeJson, NoticeListJson } from '../../src/api/schema/notification.ts'
import type { PlatformEvent } from '../../src/domain/event.ts'
import type { IncidentId, ServerId } from '../../src/domain/id.ts'
import { createTestApi } from '../fakes/api.ts'

type Test = Awaited<ReturnType<typeof createTestApi>>
const HOUR = 3_600_000
const CHANNELS = '/api/v1/notifications/channels'
const webhook = { kind: 'webhook', url: 'https://hooks.example/T0/B0/opensesame' }

async function open(settings: Record<string, unknown> = {}) {
  const test = await createTestApi()
  const response = await test.send('POST', CHANNELS, { json: { name: 'ops', target: webhook, ...settings } })
  const channel = (await response.json()) as ChannelMadeJson
  // What happened before is not told.
  await test.notifications.look()
  return { ...test, channel }
}
const happen = async (test: Test, ...events: PlatformEvent[]) => {
  for (const event of events) test.store.events.emit(event)
  await test.notifications.look()
}
const titles = ({ messages }: Test) => messages.map(({ message }) => message.title)
const notices = async (test: Test, query = '') =>
  ((await (await test.send('GET', `/api/v1/notifications${query}`)).json()) as NoticeListJson).items
const weather = { serverId: 'srv_weather' as ServerId, server: 'weather' }
const incident = (type: 'opened' | 'updated' | 'resolved', id = 'inc_1', title = 'It ends.') =>
  ({
    type: `incident.${type}`,
    ...weather,
    incidentId: id as IncidentId,
    kind: 'crash',
    severity: 'high',
    title,
    occurrences: 2,
  }) as const
const status = (now: 'failed' | 'running') =>
  ({
    type: 'server.status',
    ...weather,
    status: now,
    reason: 'It ended 5 times.',
    cause: 'exited',
    class: null,
    attempt: 5,
    nextTry: null,
  }) as const

describe('what happens', () => {
  it('is told once for an incident, and once when it is over', async () => {
    const test = await open()
    await happen(test, incident('opened'), incident('updated'), incident('updated'), incident('opened'))
    await happen(test, incident('resolved'), incident('resolved'))
    expect(titles(test)).toEqual(['weather: trouble', 'weather: over'])
    await test.notifications.look()
    expect(test.messages).toHaveLength(2)
  })

  it('is told as over only where it was told, whatever the urgency asked for', async () => {
    const test = await open({ min_urgency: 'now' })
    await happen(test, incident('resolved', 'inc_before'))
    await happen(test, incident('opened', 'inc_2'))
    await happen(test, incident('resolved', 'inc_2'))
    expect(titles(test)).toEqual(['weather: trouble', 'weather: over'])
  })

  it('is a server that failed, once until it runs again', async () => {
    const test = await open({ topics: ['server'] })
    await happen(test, status('running'), status('failed'), status('failed'))
    await happen(test, status('running'), status('running'))
    await happen(test, status('failed'))
    expect(titles(test)).toEqual(['weather failed', 'weather runs again', 'weather failed'])
  })

  it('is what lasts: when it begins, and when it is over', async () => {
    const test = await open()
    const full = {
      kind: 'disk_nearly_full',
      urgency: 'soon',
      server: null,
      since: null,
      action: 'free_disk',
      label: '',
      command: 'haivemind cleanup --dry-run',
    } as const
    const look = async (texts: readonly string[]) => {
      test.attention.splice(0, Infinity, ...texts.map((text) => ({ ...full, text })))
      test.clock.advance(61_000)
      await test.notifications.look()
    }
    await look(['The disk of data is 81 % full.'])
    await look(['The disk of data is 84 % full.'])
    await look([])
    await look(['The disk of data is 82 % full.'])
    expect(titles(test)).toEqual(['A disk is nearly full', 'Over', 'A disk is nearly full'])
  })

  it('is told only of the servers, topics and urgencies that were asked for', async () => {
    const test = await open({ topics: ['incident'], servers: ['other'] })
    await happen(test, incident('opened'), status('failed'))
    expect(test.messages).toEqual([])
    await test.send('PATCH', `${CHANNELS}/${test.channel.id}`, { json: { servers: [], enabled: false } })
    await happen(test, incident('opened', 'inc_2'))
    expect(test.messages).toEqual([])
    await test.send('PATCH', `${CHANNELS}/${test.channel.id}`, { json: { enabled: true } })
    await happen(test, incident('opened', 'inc_3'))
    expect(titles(test)).toEqual(['weather: trouble'])
  })

  it('comes together in a storm, and within the hour’s number of messages', async () => {
    const test = await open({ max_per_hour: 2 })
    const storm = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => incident('opened', `inc_${from + index}`))
    await happen(test, ...storm(0, 30))
    expect(titles(test)).toEqual(['30 things happened'])
    expect(test.messages[0]?.message.text.split('\n')).toHaveLength(21)
    await happen(test, ...storm(100, 1))
    await happen(test, ...storm(200, 3))
    expect(test.messages).toHaveLength(2)
    expect(await notices(test, '?state=waiting')).toHaveLength(3)
    test.clock.advance(HOUR + 1)
    await test.notifications.look()
    expect(test.messages.map(({ message }) => message.notices.length)).toEqual([30, 1, 3])
  })

  it('holds neither a secret nor a stranger’s link, name to call or line break', async () => {
    const test = await open()
    await happen(
      test,
      incident('opened', 'inc_1', 'SENTINEL\n@here <!channel> https://evil.example \u202egnp'),
    )
    const sent = JSON.stringify(test.messages.map(({ message }) => message))
    expect(sent).not.toMatch(/SENTINEL|@here|evil\.example\/|https:\/\/evil|\u202e|\\n/u)
    expect(test.messages[0]?.message.text).toContain('[masked] (at)here')
  })
})

describe('a message that does not arrive', () => {
  const refuses = { isSent: false, error: 'It answered 503.', isFinal: false, waitMs: null } as const

  it('is tried again, later each time, and what comes after waits behind it in order', async () => {
    const test = await open()
    test.outcomes.push(refuses, refuses)
    await happen(test, incident('opened', 'inc_1'))
    expect((await notices(test))[0]).toMatchObject({
      state: 'waiting',
      attempts: 1,
      error: 'It answered 503.',
    })
    await test.notifications.look()
    expect(test.messages).toHaveLength(1)
    test.clock.advance(30_000)
    await test.notifications.look()
    test.clock.advance(59_000)
    await test.notifications.look()
    expect(test.messages).toHaveLength(2)
    test.clock.advance(1_000)
    await test.notifications.look()
    expect(test.messages).toHaveLength(3)
    // The same under the same name: a receiver that has it already knows.
    expect(new Set(test.messages.map(({ message }) => message.id)).size).toBe(1)
    expect((await notices(test))[0]).toMatchObject({ state: 'sent', attempts: 3, error: null })
  })

  it('waits as long as the other side asks, and is given up where trying helps nothing', async () => {
    const test = await open()
    test.outcomes.push(
      { ...refuses, waitMs: 600_000 },
      { ...refuses, isFinal: true, error: 'It answered 404.' },
    )
    await happen(test, incident('opened', 'inc_1'))
    test.clock.advance(599_000)
    await test.notifications.look()
    expect(test.messages).toHaveLength(1)
    test.clock.advance(1_000)
    await test.notifications.look()
    expect((await notices(test))[0]).toMatchObject({ state: 'failed', error: 'It answered 404.' })
    test.clock.advance(HOUR)
    await test.notifications.look()
    expect(test.messages).toHaveLength(2)
  })

  it('is given up after ten tries, or after a day', async () => {
    const test = await open()
    test.outcomes.push(...Array.from({ length: 40 }, () => refuses))
    await happen(test, incident('opened', 'inc_1'))
    for (let hour = 0; hour < 20; hour++) {
      test.clock.advance(HOUR)
      await test.notifications.look()
    }
    expect(test.messages).toHaveLength(10)
    expect((await notices(test))[0]).toMatchObject({ state: 'failed', attempts: 10 })
    await test.send('PATCH', `${CHANNELS}/${test.channel.id}`, {
      json: { quiet_hours: { from: '00:00', to: '23:59' } },
    })
    await happen(test, { ...incident('opened', 'inc_2'), severity: 'medium' })
    test.clock.advance(25 * HOUR)
    await test.notifications.look()
    expect((await notices(test))[0]).toMatchObject({ state: 'failed', attempts: 0 })
  })
})

describe('channels', () => {
  it('are made, tested, changed and removed; where they lead is not shown, and the secret once', async () => {
    const test = await open()
    expect(test.channel).toMatchObject({
      target: 'https://hooks.example/…',
      kind: 'webhook',
      min_urgency: 'soon',
    })
    expect(test.channel.secret).toMatch(/^whsec_/)
    const list = await test.send('GET', CHANNELS)
    const shown = await list.text()
    expect(shown).not.toMatch(/opensesame|whsec_/)
    expect((JSON.parse(shown) as ChannelListJson).items).toHaveLength(1)

    const tried = await test.send('POST', `${CHANNELS}/${test.channel.id}/test`, { json: {} })
    expect(await tried.json()).toMatchObject({ sent: true, error: null })
    test.outcomes.push({ isSent: false, error: 'It answered 410.', isFinal: true, waitMs: null })
    const failed = await test.send('POST', `${CHANNELS}/${test.channel.id}/test`, { json: {} })
    expect(await failed.json()).toMatchObject({ sent: false, error: 'It answered 410.' })
    expect((await notices(test)).map(({ state }) => state)).toEqual(['failed', 'sent'])

    const slack = { kind: 'slack', url: 'https://slack.example/services/opensesame' }
    const changed = await test.send('PATCH', `${CHANNELS}/${test.channel.id}`, {
      json: { target: slack, quiet_hours: { from: '22:00', to: '07:30' } },
    })
    expect(await changed.json()).toMatchObject({
      kind: 'slack',
      target: 'https://slack.example/…',
      quiet_hours: { from: '22:00', to: '07:30' },
      secret: null,
    })
    const gone = await test.send('DELETE', `${CHANNELS}/${test.channel.id}`)
    expect(gone.status).toBe(200)
    expect((await test.send('DELETE', `${CHANNELS}/${test.channel.id}`)).status).toBe(404)
    expect(await notices(test)).toEqual([])
    expect(JSON.stringify(test.audit.entries)).not.toMatch(/opensesame|whsec_/)
  })

  it.each([
    ['a name that is taken', { name: 'ops', target: webhook }, 409],
    [
      'a user name in the address',
      { name: 'x', target: { ...webhook, url: 'https://u:p@hooks.example/' } },
      400,
    ],
    ['another scheme', { name: 'x', target: { ...webhook, url: 'file:///etc/passwd' } }, 400],
    ['a short secret', { name: 'x', target: { ...webhook, secret: 'whsec_AAAA' } }, 400],
    ['no topic', { name: 'x', target: webhook, topics: [] }, 400],
    [
      'a header in the address of mail',
      {
        name: 'x',
        target: { kind: 'mail', host: 'm.example', from: 'a@b.c\nBcc: d@e.f', to: ['a@b.example'] },
      },
      400,
    ],
    [
      'a password without a user',
      {
        name: 'x',
        target: { kind: 'mail', host: 'm.example', password: 'p', from: 'a@b.example', to: ['a@b.example'] },
      },
      400,
    ],
  ])('refuses %s', async (_, json, expected) => {
    const test = await open()
    expect((await test.send('POST', CHANNELS, { json })).status).toBe(expected)
  })
})

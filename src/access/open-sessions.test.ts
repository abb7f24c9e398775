import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createMemoryPeople } from '../../test/fakes/people.ts'
import type { UserId } from '../domain/id.ts'
import { openSessions } from './open-sessions.ts'
import type { LoginSession } from './ports.ts'

const HOUR = 3_600_000
const ADA = 'usr_ada' as UserId
const browser = { ip: '192.0.2.1', userAgent: 'x'.repeat(300) }

async function open(rows: LoginSession[] = [], clock = createFakeClock()) {
  const sessions = await openSessions(createMemoryPeople({ sessions: rows }).loginSessions, clock)
  const ended: string[] = []
  sessions.onEnded((id) => ended.push(id))
  return { sessions, clock, rows, ended }
}
/** The sweeps that are due, and what they began. */
async function advance(clock: ReturnType<typeof createFakeClock>, milliseconds: number) {
  clock.advance(milliseconds)
  await new Promise((resolve) => setImmediate(resolve))
}
/** What a browser sends back. */
const sent = (setCookie: string) => setCookie.split(';')[0]!

describe('sessions', () => {
  it('are known by a hash, also after a restart', async () => {
    const { sessions, rows, clock } = await open()
    const { session, cookie } = await sessions.open(ADA, browser)
    const value = sent(cookie).split('=')[1]!
    expect(value).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(rows)).not.toContain(value)
    expect(rows[0]).toMatchObject({ userId: ADA, ip: '192.0.2.1', userAgent: 'x'.repeat(200) })
    const again = await open(rows, clock)
    expect(again.sessions.find(sent(cookie))?.id).toBe(session.id)
    expect(again.sessions.find(undefined)).toBeNull()
    expect(again.sessions.find(sent(cookie).slice(0, -1) + '-')).toBeNull()
  })

  it('end when unused for 12 hours, and after 7 days however busy', async () => {
    const { sessions, clock, ended } = await open()
    const idle = await sessions.open(ADA, browser)
    const busy = await sessions.open(ADA, browser)
    for (let hour = 0; hour < 7 * 24 - 1; hour++) {
      await advance(clock, HOUR)
      expect(sessions.find(sent(busy.cookie)), `hour ${hour}`).not.toBeNull()
      expect(sessions.list(), `hour ${hour}`).toHaveLength(hour < 11 ? 2 : 1)
    }
    expect(sessions.find(sent(idle.cookie))).toBeNull()
    await advance(clock, HOUR)
    expect(sessions.find(sent(busy.cookie))).toBeNull()
    await advance(clock, 30_000)
    expect(ended).toEqual([idle.session.id, busy.session.id])
  })

  it('end one by one or all of a person but one, and say so', async () => {
    const { sessions, rows, ended } = await open()
    const [one, two, three] = [
      await sessions.open(ADA, browser),
      await sessions.open(ADA, browser),
      await sessions.open(ADA, browser),
    ]
    const other = await sessions.open('usr_bob' as UserId, browser)
    await sessions.end(one.session.id)
    expect(sessions.find(sent(one.cookie))).toBeNull()
    await expect(sessions.end(one.session.id)).rejects.toMatchObject({ code: 'session_not_found' })
    await sessions.endOf(ADA, two.session.id)
    expect(rows.map(({ id }) => id)).toEqual([two.session.id, other.session.id])
    expect(ended).toEqual([one.session.id, three.session.id])
  })

  it('are at most 50 a person; the one unused for longest makes room', async () => {
    const { sessions, clock, ended } = await open()
    const first = await sessions.open(ADA, browser)
    clock.advance(1)
    const second = await sessions.open(ADA, browser)
    clock.advance(1)
    sessions.find(sent(first.cookie))
    for (let n = 0; n < 49; n++) await sessions.open(ADA, browser)
    expect(ended).toEqual([second.session.id])
    expect(sessions.list()).toHaveLength(50)
  })
})

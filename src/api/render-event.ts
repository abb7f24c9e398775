import type { EventRecord } from '../domain/event.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { EventJson } from './schema/event.ts'

/** Times among the fields, and what they are called outside. */
const TIMES: Readonly<Record<string, string>> = {
  nextTry: 'next_try_at',
  dueAt: 'due_at',
  until: 'until',
  watchedUntil: 'watched_until',
}

/** Fields in snake_case; times in RFC 3339. */
export function renderEvent({ id, time, actor, event }: EventRecord): EventJson {
  const { type, ...fields } = event
  const data = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const time = TIMES[key]
      return time === undefined
        ? [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]
        : [time, renderTimeOrNull(value as number | null)]
    }),
  )
  return { id, type, time: renderTime(time), actor, data }
}

/** Who has which tokens and accounts is for administrators. */
export function mayRead(principal: Principal, { event }: EventRecord): boolean {
  const isPrivate = event.type.startsWith('token.') || event.type.startsWith('user.')
  return !isPrivate || isAllowed(principal, 'admin')
}

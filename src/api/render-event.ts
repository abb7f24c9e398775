import type { EventRecord } from '../domain/event.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { EventJson } from './schema/event.ts'

/** Fields in snake_case; the one time among them in RFC 3339. */
export function renderEvent({ id, time, actor, event }: EventRecord): EventJson {
  const { type, ...fields } = event
  const data = Object.fromEntries(
    Object.entries(fields).map(([key, value]) =>
      key === 'nextTry'
        ? ['next_try_at', renderTimeOrNull(value as number | null)]
        : [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value],
    ),
  )
  return { id, type, time: renderTime(time), actor, data }
}

/** Who has which tokens and accounts is for administrators. */
export function mayRead(principal: Principal, { event }: EventRecord): boolean {
  const isPrivate = event.type.startsWith('token.') || event.type.startsWith('user.')
  return !isPrivate || isAllowed(principal, 'admin')
}

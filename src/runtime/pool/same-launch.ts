import { isDeepStrictEqual } from 'node:util'
import type { ServerLaunch } from '../ports.ts'

/** Would a process that is started with one be what a process that was started with the other is? Pure. */
export function isSameLaunch(a: ServerLaunch, b: ServerLaunch): boolean {
  return isDeepStrictEqual(describe(a), describe(b))
}

/** What it was seen to speak is learned, and makes no other process of it. */
function describe({ secrets, ...rest }: ServerLaunch) {
  return { ...rest, eras: null, secrets: secrets.map(({ name, version, as }) => ({ name, version, as })) }
}

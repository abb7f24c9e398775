import type { SandboxWay } from './build-launch-arguments.ts'

/** Host uids of short work; servers have theirs from 210000 up. */
const JOB_UID_BASE = 209_000

/** How many jobs run at once; each place has a uid of its own. */
export const JOB_PLACES = 2

export function jobUid(place: number): number {
  return JOB_UID_BASE + place
}

/** `uid` where this way gives each sandbox one of its own, else null. */
export function ownUid(way: SandboxWay, uid: number): number | null {
  return way === 3 ? null : uid
}

/** For trials of the host and of interpreters, which get nothing to write to. */
export const PROBE_UID = 209_900

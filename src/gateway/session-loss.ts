/**
 * Sessions whose process is lost. With `on_session_loss` `resume` they go on with the next one; with `404` they end
 * with theirs, since what they were about lived in it: at once where the end is seen, and with the first connection
 * where it came while no platform ran.
 */
import { isSameKey } from '../domain/process-key.ts'
import type { HostedServer } from './hosted-servers.ts'
import type { Lane } from './lane.ts'
import type { Session } from './session.ts'

export type SessionLossDeps = {
  readonly hostedOf: (session: Session) => HostedServer
  readonly removeWhere: (matches: (session: Session) => boolean) => void
}

export interface SessionLoss {
  /** Looks after the sessions of this one's process from now on. */
  watch(session: Session): void
  /** The platform stops: connections that end now say nothing of their processes. */
  stop(): void
}

export function createSessionLoss({ hostedOf, removeWhere }: SessionLossDeps): SessionLoss {
  const watched = new WeakSet<Lane>()
  let isOver = false
  return {
    watch(first) {
      const { serverId, key } = first
      const hosted = hostedOf(first)
      const { lane } = hosted.lane(key)
      if (watched.has(lane)) return
      watched.add(lane)
      const endOthers = (kept: string | null) => {
        if (isOver || hosted.traits().onSessionLoss !== '404') return
        removeWhere(
          (session) =>
            session.serverId === serverId && isSameKey(session.key, key) && session.instanceId !== kept,
        )
      }
      lane.onConnected(({ instanceId }) => endOthers(instanceId))
      lane.onDisconnected(() => endOthers(null))
    },
    stop() {
      isOver = true
    },
  }
}

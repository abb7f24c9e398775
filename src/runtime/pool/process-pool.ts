/**
 * The processes of one server beside its main one. Each is the same machine as the main one with another policy: it is
 * started by a call and not by a wish, and when it ends it waits for the next call.
 */
import { labelLogs } from '../instance/label-logs.ts'
import { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import { labelProcess, renderProcessKey, type ProcessKey } from '../../domain/process-key.ts'
import { isLiving } from '../../domain/server-state.ts'
import type { ServerLaunch } from '../ports.ts'
import type { ServerConnection } from '../supervisor/server-connection.ts'
import {
  createSupervisedServer,
  type Adoption,
  type SupervisedServer,
  type SupervisedServerDeps,
} from '../supervisor/supervised-server.ts'
import { waitForState } from '../supervisor/wait-for-state.ts'
import { watchIdle } from './idle-watch.ts'
import { mayRunBeside } from './derive-state.ts'
import { tellAsProcess } from './process-events.ts'
import { buildProcessUnavailable } from './process-unavailable.ts'
import type { Room } from './room.ts'
import { isSameLaunch } from './same-launch.ts'

export interface ProcessPool {
  /**
   * The connection of the process of this key, which is started if need be: once, however many ask. Throws AppError
   * `server_not_running` while a process that ended is not to be tried again yet, `too_many_processes` while there is
   * no room for it.
   * @param admit resolves while the server may have processes, else throws the reason.
   */
  open(key: ProcessKey, admit: () => Promise<void>, signal: AbortSignal): Promise<ServerConnection>
  adopt(key: ProcessKey, adoption: Adoption): void
  /** Whose process this was is gone for good. Nothing for a key without an owner. */
  release(key: ProcessKey): void
  /** Null for one that was never asked for. */
  find(key: ProcessKey): SupervisedServer | null
  list(): readonly SupervisedServer[]
  endAll(): void
  /**
   * Whoever calls this ends its processes one by one, whatever becomes of the main one; they do not count any more
   * against what the server and the host may have.
   */
  leave(): void
  /**
   * Before the main process starts: what was started otherwise is ended, since it would be another server under the same
   * name. Resolves when nothing of it is being ended any more.
   */
  prepare(next: ServerLaunch): Promise<void>
  /** After every change of one of its processes. */
  onChange(listener: () => void): () => void
  close(how: 'stop' | 'release'): Promise<void>
}

export type PoolDeps = SupervisedServerDeps & {
  readonly room: Room
  /** Unused for so long a process ends where its server says nothing. */
  readonly idleSeconds: number
}

/** So long what ended is remembered: why, and how often. */
const FORGET_MS = 60_000

/** A process that fails is tried again as often as somebody asks for it, after the delays of a restart. */
const ON_DEMAND = { autoRestart: true, maxRestarts: Number.MAX_SAFE_INTEGER } as const

export function createProcessPool(
  deps: PoolDeps,
  identity: { readonly serverId: ServerId; readonly server: string },
  main: SupervisedServer,
): ProcessPool {
  const { serverId, server } = identity
  const { records } = deps
  const members = new Map<string, SupervisedServer>()
  const listeners = new Set<() => void>()
  /** On their way to `starting`: one for each, however many ask. */
  const launches = new Map<SupervisedServer, Promise<void>>()
  /** Asked to end, and not gone yet. */
  const ending = new Set<SupervisedServer>()
  let closing = false
  let isLeft = false
  const leaveRoom = deps.room.join(() => members.values())

  const create = (key: ProcessKey): SupervisedServer => {
    const label = labelProcess(key)
    const member = createSupervisedServer(
      {
        ...deps,
        events: tellAsProcess(deps.events, key),
        logs: labelLogs(deps.logs, () => `${label} `),
        records: {
          beginLaunch: (launch) => records.beginLaunch(launch),
          // What the main process holds, so that all processes of a server are one version with one configuration.
          findLaunchSpec: async () =>
            relax(main.launch() ?? (await records.findLaunchSpec(serverId, 'start'))),
          saveState: async () => {},
        },
      },
      { ...identity, keyOf: () => key, restartsBy: 'calls' },
      { state: { kind: 'stopped', lastExit: null }, restarts: 0 },
    )
    const idleMs = () => (main.launch()?.config.idleStopSeconds || deps.idleSeconds) * 1000
    watchIdle(deps.clock, member, idleMs, () => void member.post({ kind: 'stop' }))
    forgetLater(member)
    member.onChange((state) => {
      if (!isLiving(state)) ending.delete(member)
      for (const listener of listeners) listener()
    })
    members.set(renderProcessKey(key), member)
    return member
  }
  const forgetLater = (member: SupervisedServer) => {
    let cancel = () => {}
    member.onChange((state) => {
      cancel()
      if (isLiving(state)) return
      const tried = state.kind === 'backoff' ? Math.max(0, state.nextTry - deps.clock.now()) : 0
      cancel = deps.clock.after(tried + FORGET_MS, () => {
        if (isLiving(member.state()) || launches.has(member)) return
        members.delete(renderProcessKey(member.key))
        void member.retire('forget')
      })
    })
  }
  const launch = (member: SupervisedServer, event: 'start' | 'due') => {
    const under = launches.get(member)
    if (under !== undefined) return under
    const begun = deps.room
      .enter(member, async () => {
        // While it waited for room the server may have been stopped; whoever asked then learns why.
        if (!closing && mayRunBeside(main.state())) await member.post({ kind: event })
      })
      .finally(() => launches.delete(member))
    launches.set(member, begun)
    return begun
  }
  const find = (key: ProcessKey) => members.get(renderProcessKey(key)) ?? create(key)

  const end = (member: SupervisedServer) => {
    // One that is about to start still reads as stopped: what is posted now comes after its start.
    if (member.state().kind === 'stopped' && !launches.has(member)) return
    ending.add(member)
    void member.post({ kind: 'stop' })
  }
  const endAll = () => [...members.values()].forEach(end)

  main.onChange((state) => {
    if (!mayRunBeside(state) && !isLeft) endAll()
  })

  return {
    async open(key, admit, signal) {
      for (;;) {
        const known = members.get(renderProcessKey(key))
        const connection = known?.state().kind === 'running' ? known.run()?.connection() : null
        if (connection !== null && connection !== undefined) return connection
        await admit()
        if (closing) throw new AppError('not_ready', `The processes of ${server} are being ended.`)
        const member = find(key)
        const state = member.state()
        const giveUp = () => buildProcessUnavailable(server, key, member.state(), deps.clock.now())
        const isDue = state.kind === 'backoff' && member.isDue()
        if (state.kind === 'failed' || (state.kind === 'backoff' && !isDue)) throw giveUp()
        if (isDue) await waitFor(launch(member, 'due'), signal, giveUp)
        else if (state.kind === 'stopped') await waitFor(launch(member, 'start'), signal, giveUp)
        else await waitForState(member, (next) => next !== state, signal, giveUp)
      }
    },
    adopt: (key, adoption) => find(key).adopt({ ...adoption, spec: relax(adoption.spec) }),
    release(key) {
      const member = key.owner === null ? undefined : members.get(renderProcessKey(key))
      if (member !== undefined) end(member)
    },
    find: (key) => members.get(renderProcessKey(key)) ?? null,
    list: () => [...members.values()],
    endAll,
    leave() {
      isLeft = true
      leaveRoom()
    },
    async prepare(next) {
      for (const member of members.values()) {
        const held = member.launch()
        if (held !== null && !isSameLaunch(held, relax(next))) end(member)
      }
      await Promise.all([...ending].map((member) => waitForState(member, (state) => !isLiving(state))))
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close(how) {
      closing = true
      const all = [...members.values()]
      if (how === 'stop') {
        all.forEach(end)
        // What still waits for room starts nothing any more; what was started before has its end in its mailbox.
        await Promise.allSettled(launches.values())
        await Promise.all(all.map((member) => member.drained()))
        await Promise.all(all.map((member) => waitForState(member, (state) => !isLiving(state))))
      }
      leaveRoom()
      await Promise.all(all.map((member) => member.retire(how === 'stop' ? 'forget' : 'release')))
      members.clear()
    },
  }
}

/** What others wait for too: only this wait ends with the signal. */
function waitFor(task: Promise<void>, signal: AbortSignal, giveUp: () => Error): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => reject(giveUp())
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  task.then(resolve, reject)
  return promise.finally(() => signal.removeEventListener('abort', abort))
}

function relax(launch: ServerLaunch): ServerLaunch {
  return { ...launch, config: { ...launch.config, ...ON_DEMAND } }
}

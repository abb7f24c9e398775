/**
 * The processes of one server beside its main one. Each is the same machine as the main one with another policy: it is
 * started by a call and not by a wish, and when it ends it waits for the next call.
 */
import type { ServerId } from '../../domain/id.ts'
import { labelProcess, renderProcessKey, type ProcessKey } from '../../domain/process-key.ts'
import type { ServerState } from '../../domain/server-state.ts'
import type { ServerLaunch } from '../ports.ts'
import type { ServerConnection } from '../supervisor/server-connection.ts'
import {
  createSupervisedServer,
  type Adoption,
  type SupervisedServer,
  type SupervisedServerDeps,
} from '../supervisor/supervised-server.ts'
import { waitForState } from '../supervisor/wait-for-state.ts'
import { mayRunBeside } from './derive-state.ts'
import { tellAsProcess } from './process-events.ts'
import { buildProcessUnavailable } from './process-unavailable.ts'
import { isSameLaunch } from './same-launch.ts'

export interface ProcessPool {
  /**
   * The connection of the process of this key, which is started if need be: once, however many ask. Throws AppError
   * `server_not_running` while a process that ended is not to be tried again yet.
   * @param admit resolves while the server may have processes, else throws the reason.
   */
  open(key: ProcessKey, admit: () => Promise<void>, signal: AbortSignal): Promise<ServerConnection>
  adopt(key: ProcessKey, adoption: Adoption): void
  /** Whose process this was is gone for good. Nothing for a key without an owner. */
  release(key: ProcessKey): void
  /** Null for one that was never asked for. */
  find(key: ProcessKey): SupervisedServer | null
  list(): readonly SupervisedServer[]
  isLiving(): boolean
  /** Resolves when none of it is being ended any more. */
  drained(): Promise<void>
  /** After every change of one of its processes. */
  onChange(listener: () => void): () => void
  close(how: 'stop' | 'release'): Promise<void>
}

/** A process that fails is tried again as often as somebody asks for it, after the delays of a restart. */
const ON_DEMAND = { autoRestart: true, maxRestarts: Number.MAX_SAFE_INTEGER } as const

export function createProcessPool(
  deps: SupervisedServerDeps,
  identity: { readonly serverId: ServerId; readonly server: string },
  main: SupervisedServer,
): ProcessPool {
  const { serverId, server } = identity
  const { records } = deps
  const members = new Map<string, SupervisedServer>()
  const listeners = new Set<() => void>()

  const create = (key: ProcessKey): SupervisedServer => {
    const label = labelProcess(key)
    const member = createSupervisedServer(
      {
        ...deps,
        events: tellAsProcess(deps.events, key),
        logs: { append: (id, stream, text) => deps.logs.append(id, stream, `${label} ${text}`) },
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
    member.onChange(() => {
      for (const listener of listeners) listener()
    })
    members.set(renderProcessKey(key), member)
    return member
  }
  const find = (key: ProcessKey) => members.get(renderProcessKey(key)) ?? create(key)

  const end = (member: SupervisedServer) => {
    if (member.state().kind !== 'stopped') void member.post({ kind: 'stop' })
  }
  const living = () => [...members.values()].filter((member) => isLiving(member.state()))

  main.onChange((state) => {
    if (!mayRunBeside(state)) return [...members.values()].forEach(end)
    const launch = main.launch()
    if (state.kind !== 'starting' || launch === null) return
    // It starts with something else: a process of before would be another server under the same name.
    for (const member of members.values()) {
      const held = member.launch()
      if (held !== null && !isSameLaunch(held, relax(launch))) end(member)
    }
  })

  return {
    async open(key, admit, signal) {
      for (;;) {
        const known = members.get(renderProcessKey(key))
        const connection = known?.state().kind === 'running' ? known.run()?.connection() : null
        if (connection !== null && connection !== undefined) return connection
        await admit()
        const member = find(key)
        const state = member.state()
        if (state.kind === 'stopped') void member.post({ kind: 'start' })
        else if (state.kind === 'backoff' && state.nextTry <= deps.clock.now())
          void member.post({ kind: 'due' })
        else if (state.kind === 'backoff' || state.kind === 'failed')
          throw buildProcessUnavailable(server, key, state, deps.clock.now())
        await waitForState(
          member,
          (next) => next !== state,
          signal,
          () => buildProcessUnavailable(server, key, member.state(), deps.clock.now()),
        )
      }
    },
    adopt: (key, adoption) => find(key).adopt({ ...adoption, spec: relax(adoption.spec) }),
    release(key) {
      const member = key.owner === null ? undefined : members.get(renderProcessKey(key))
      if (member !== undefined) end(member)
    },
    find: (key) => members.get(renderProcessKey(key)) ?? null,
    list: () => [...members.values()],
    isLiving: () => living().length > 0,
    async drained() {
      await Promise.all(
        living()
          .filter((member) => member.state().kind === 'stopping')
          .map((member) => waitForState(member, (state) => state.kind !== 'stopping')),
      )
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close(how) {
      const all = [...members.values()]
      if (how === 'stop') {
        all.forEach(end)
        await Promise.all(all.map((member) => waitForState(member, (state) => !isLiving(state))))
      }
      await Promise.all(all.map((member) => member.retire(how === 'stop' ? 'forget' : 'release')))
      members.clear()
    },
  }
}

function isLiving({ kind }: ServerState): boolean {
  return kind === 'starting' || kind === 'running' || kind === 'stopping'
}

function relax(launch: ServerLaunch): ServerLaunch {
  return { ...launch, config: { ...launch.config, ...ON_DEMAND } }
}

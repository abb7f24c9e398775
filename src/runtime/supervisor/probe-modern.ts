/**
 * Does a server speak 2026-07-28? A process of its own is asked, since those that speak both eras settle on one with
 * the first message they get, and some end at anything but `initialize`. It serves nobody and is ended afterwards.
 */
import { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import { isJsonObject } from '../../domain/json.ts'
import { buildRedactor } from '../../domain/redaction.ts'
import { buildLogMask } from '../instance/log-mask.ts'
import { decideModern } from '../instance/modern/discover.ts'
import { withEnvelope } from '../instance/modern/words.ts'
import { openStreams } from '../instance/open-streams.ts'
import type { Instance, LaunchSpec, ServerLaunch } from '../ports.ts'
import type { RunDeps } from './run-types.ts'

/** `unknown`: it did not answer in time, or never came to it; nothing is concluded from that. */
export type EraProof = { readonly modern: boolean | 'unknown'; readonly detail: string }

const STOP_GRACE_MS = 1000
const INTERNAL_ERROR = -32603
/** Nobody's process: no call is ever led to it, and a later daemon ends it. */
const PROBED = { era: 'modern', capabilities: '', owner: 'probe', member: 0 } as const

export interface Probes {
  ask(launch: ServerLaunch, signal: AbortSignal): Promise<EraProof>
  /** Resolves when no process of this server is asked any more; what was not answered is not known. */
  end(serverId: ServerId): Promise<void>
}

/** For all servers: whatever is done with one of them, no process that was only asked outlasts it. */
export function createProbes(deps: RunDeps): Probes {
  const open = new Map<ServerId, Set<{ readonly cut: () => void; readonly over: Promise<unknown> }>>()
  return {
    ask(launch, signal) {
      const { serverId } = launch
      const controller = new AbortController()
      const asking = probeModern(deps, launch, AbortSignal.any([signal, controller.signal]))
      const of = open.get(serverId) ?? new Set()
      open.set(serverId, of)
      const forget = () => {
        of.delete(entry)
        if (of.size === 0) open.delete(serverId)
      }
      const entry = { cut: () => controller.abort(), over: asking.then(forget, forget) }
      of.add(entry)
      return asking
    },
    async end(serverId) {
      const entries = [...(open.get(serverId) ?? [])]
      for (const { cut } of entries) cut()
      await Promise.all(entries.map(({ over }) => over))
    },
  }
}

async function probeModern(deps: RunDeps, launch: ServerLaunch, signal: AbortSignal): Promise<EraProof> {
  const spec: LaunchSpec = { ...launch, key: PROBED }
  const cut: EraProof = { modern: 'unknown', detail: 'it was cut short' }
  if (signal.aborted) return cut
  let instance: Instance
  try {
    await deps.records.beginLaunch(spec, 'beside')
    instance = await deps.backend.start(spec, deps.ledger)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { modern: 'unknown', detail: `a process to ask could not be started: ${error.message}` }
  }
  try {
    return signal.aborted ? cut : await ask(deps, spec, instance, signal)
  } finally {
    await instance.stop('asked', 'It was started to learn which revisions it speaks.', STOP_GRACE_MS)
    await deps.ledger.remove(instance.instanceId)
  }
}

async function ask(
  deps: RunDeps,
  spec: LaunchSpec,
  instance: Instance,
  signal: AbortSignal,
): Promise<EraProof> {
  const over = Promise.withResolvers<EraProof>()
  // What it writes while it is asked is no part of the log of the process that serves.
  const logs = { append: () => {}, offer: () => {} }
  const about = {
    ...spec,
    capabilities: '',
    awaited: false,
    keepsEarly: false,
    mask: buildLogMask(spec),
    redactor: buildRedactor(spec.secrets),
  }
  const { connection } = openStreams({ ...deps, logs }, about, instance, null, (detail) =>
    over.resolve({ modern: 'unknown', detail }),
  )
  const seconds = spec.config.startTimeoutSeconds
  const cancel = deps.clock.after(seconds * 1000, () =>
    over.resolve({ modern: 'unknown', detail: `no answer to server/discover within ${seconds} s` }),
  )
  const onAbort = () => over.resolve({ modern: 'unknown', detail: 'it was cut short' })
  signal.addEventListener('abort', onAbort, { once: true })
  void instance.ended.then(({ cause, detail }) =>
    over.resolve(
      cause === 'exited'
        ? { modern: false, detail: `it ended at server/discover: ${detail}` }
        : { modern: 'unknown', detail },
    ),
  )
  connection.turnModern()
  connection.request('server/discover', withEnvelope(undefined, deps.platformVersion), {
    onResponse(message) {
      const { error } = message
      if (decideModern(message)) over.resolve({ modern: true, detail: 'it answered server/discover' })
      // A server that is broken at the moment, or cannot be reached, says nothing of what it speaks.
      else if (isJsonObject(error) && error['code'] === INTERNAL_ERROR) {
        over.resolve({
          modern: 'unknown',
          detail: `it failed at server/discover: ${JSON.stringify(error['message'])}`,
        })
      } else over.resolve({ modern: false, detail: 'it knows no server/discover' })
    },
    // That it ended has a cause of its own, which says more.
    onLost: () => {},
  })
  try {
    return await over.promise
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
    connection.close(new AppError('not_ready', 'It was asked, and is ended.'))
  }
}

/** A version that is tried beside the one that serves: started, asked, then promoted or discarded. */
import type { VersionId } from '../../domain/id.ts'
import type { Era } from '../../domain/process-key.ts'
import type { InstanceFacts } from '../../domain/server.ts'
import type { ServerState } from '../../domain/server-state.ts'
import type { ServerProcesses } from '../pool/server-processes.ts'
import type { EraProof, Probes } from './probe-modern.ts'
import { waitForState } from './wait-for-state.ts'

export interface TriedVersion {
  readonly versionId: VersionId
  /** Again too, after it ended. */
  start(actor: string): Promise<void>
  state(): ServerState
  /** The first state that `fits`, now or later. Throws `wait_timeout` when `signal` aborts first. */
  settled(fits: (state: ServerState) => boolean, signal: AbortSignal): Promise<ServerState>
  facts(): InstanceFacts | null
  probeModern(signal: AbortSignal): Promise<EraProof>
  learnEras(eras: readonly Era[]): void
  /**
   * From this moment on it is the server: no call sees neither of the two. What was there before takes nothing new, and
   * ends when it has answered what it was asked, or after `drainMs`.
   */
  promote(told: { readonly reason: string; readonly actor: string }, drainMs: number): void
  /** Resolves when nothing of it is left. Nothing once it was promoted. */
  discard(): Promise<void>
}

export function tryVersionBeside(
  server: ServerProcesses,
  versionId: VersionId,
  probes: Pick<Probes, 'ask'>,
): TriedVersion {
  const crew = server.tryBeside(versionId)
  const { main } = crew
  let isPromoted = false
  return {
    versionId,
    start: (actor) => main.post({ kind: 'start' }, actor),
    state: () => main.state(),
    settled: (fits, signal) => waitForState(main, fits, signal),
    facts: () => main.run()?.facts() ?? null,
    async probeModern(signal) {
      const launch = main.launch()
      return launch === null
        ? { modern: 'unknown', detail: 'it was not started yet' }
        : probes.ask(launch, signal)
    },
    learnEras: (eras) => main.learn(eras),
    promote(told, drainMs) {
      isPromoted = true
      server.promote(crew, told, drainMs)
    },
    async discard() {
      if (!isPromoted) await server.discard(crew)
    },
  }
}

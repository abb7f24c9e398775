/**
 * Which revisions a version speaks: learned once it runs, kept with it, and never concluded from silence. That it answers
 * `initialize` is known by then; whether it also speaks 2026-07-28 takes a process of its own.
 */
import type { Clock } from '../domain/clock.ts'
import { MODERN_VERSION } from '../domain/era.ts'
import type { ServerId } from '../domain/id.ts'
import type { Era } from '../domain/process-key.ts'
import type { Servers, Supervision, TriedVersion, Versions } from './ports.ts'

export type EraLesson = { readonly eras: readonly Era[] | null; readonly detail: string }

export interface EraLearner {
  /** At once where it is known; never rejects. One question at a time for each server. */
  learn(serverId: ServerId): Promise<EraLesson>
  /**
   * One that ended at `initialize`, or refused it, may speak 2026-07-28 alone: true when it was found to, so that it can
   * be started as that.
   */
  learnFromRefusal(serverId: ServerId): Promise<boolean>
  /** As `learn`, of a version that is tried beside another. */
  learnBeside(tried: TriedVersion): Promise<EraLesson>
  learnBesideFromRefusal(tried: TriedVersion): Promise<boolean>
  /** Resolves when no process is asked any more. */
  close(): Promise<void>
}

export type EraLearnerDeps = {
  readonly servers: Pick<Servers, 'find'>
  readonly versions: Pick<Versions, 'find' | 'setEras'>
  readonly supervision: Pick<Supervision, 'facts' | 'probeModern' | 'learnEras'>
  readonly clock: Clock
  readonly onDefect: (error: unknown) => void
}

/** Puts it to a process of its own. */
type Question = (signal: AbortSignal) => ReturnType<Supervision['probeModern']>

/** After an answer that did not come: a machine that is busy now may be idle then. */
const RETRIES_MS = [30_000, 120_000, 600_000] as const

/** Each question is a process: a daemon that takes over many servers would have as many at once. */
const MAX_AT_ONCE = 2

export function createEraLearner(deps: EraLearnerDeps): EraLearner {
  const { servers, versions, supervision, clock } = deps
  const asking = new Map<ServerId, Promise<EraLesson>>()
  const retries = new Map<ServerId, () => void>()
  const closing = new AbortController()
  const turns = createTurns(MAX_AT_ONCE, (question: Question) => question(closing.signal))
  const probes = new Set<Promise<unknown>>()
  const probe = (question: Question) => {
    const work = turns(question)
    const done: Promise<unknown> = work.catch(() => {}).finally(() => probes.delete(done))
    probes.add(done)
    return work
  }

  const ask = async (serverId: ServerId): Promise<EraLesson> => {
    const server = await servers.find(serverId)
    const version = server?.activeVersion ? await versions.find(server.activeVersion) : null
    if (version === null) return { eras: null, detail: 'it has no version' }
    if (version.eras !== null) return { eras: version.eras, detail: 'it was asked before' }
    const facts = supervision.facts(serverId)
    if (facts === null) return { eras: null, detail: 'it does not run' }
    const lesson = await examine(facts.protocolVersion, questionOf(serverId))
    if (lesson.eras === null) return lesson
    // A switch of versions meanwhile makes it an answer about another one.
    const after = await servers.find(serverId)
    if (after?.activeVersion !== version.id)
      return { eras: null, detail: 'its version was changed meanwhile' }
    await versions.setEras(version.id, lesson.eras)
    supervision.learnEras(serverId, lesson.eras)
    return lesson
  }

  const questionOf =
    (serverId: ServerId): Question =>
    (signal) =>
      supervision.probeModern(serverId, signal)

  const examine = async (spoken: string, question: Question): Promise<EraLesson> => {
    if (spoken === MODERN_VERSION) return { eras: ['modern'], detail: 'it knows no initialize' }
    const { modern, detail } = await probe(question)
    if (modern === 'unknown') return { eras: null, detail }
    return { eras: modern ? ['legacy', 'modern'] : ['legacy'], detail }
  }

  const learn = (serverId: ServerId, tries: number): Promise<EraLesson> => {
    const known = asking.get(serverId)
    if (known !== undefined) return known
    retries.get(serverId)?.()
    retries.delete(serverId)
    const work = ask(serverId)
      .catch((error: unknown): EraLesson => {
        if (!closing.signal.aborted) deps.onDefect(error)
        return { eras: null, detail: 'it could not be asked' }
      })
      .then((lesson) => {
        asking.delete(serverId)
        const wait = RETRIES_MS[tries]
        if (lesson.eras === null && wait !== undefined && supervision.facts(serverId) !== null)
          retries.set(
            serverId,
            clock.after(wait, () => void learn(serverId, tries + 1)),
          )
        return lesson
      })
    asking.set(serverId, work)
    return work
  }

  return {
    learn: (serverId) => learn(serverId, 0),
    async learnFromRefusal(serverId) {
      const server = await servers.find(serverId)
      const version = server?.activeVersion ? await versions.find(server.activeVersion) : null
      if (version === null || version.eras !== null) return false
      const { modern } = await probe(questionOf(serverId))
      if (modern !== true) return false
      await versions.setEras(version.id, ['modern'])
      supervision.learnEras(serverId, ['modern'])
      return true
    },
    async learnBeside(tried) {
      try {
        const known = (await versions.find(tried.versionId))?.eras ?? null
        if (known !== null) return { eras: known, detail: 'it was asked before' }
        const facts = tried.facts()
        if (facts === null) return { eras: null, detail: 'it does not run' }
        const lesson = await examine(facts.protocolVersion, (signal) => tried.probeModern(signal))
        if (lesson.eras === null) return lesson
        await versions.setEras(tried.versionId, lesson.eras)
        tried.learnEras(lesson.eras)
        return lesson
      } catch (error) {
        if (!closing.signal.aborted) deps.onDefect(error)
        return { eras: null, detail: 'it could not be asked' }
      }
    },
    async learnBesideFromRefusal(tried) {
      const version = await versions.find(tried.versionId)
      if (version === null || version.eras !== null) return false
      const { modern } = await probe((signal) => tried.probeModern(signal))
      if (modern !== true) return false
      await versions.setEras(version.id, ['modern'])
      tried.learnEras(['modern'])
      return true
    },
    async close() {
      closing.abort()
      for (const cancel of retries.values()) cancel()
      retries.clear()
      await Promise.all(probes)
    },
  }
}

/** At most `places` at once; others wait for their turn. */
function createTurns<A, T>(places: number, work: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = places
  return async (argument) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work(argument)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

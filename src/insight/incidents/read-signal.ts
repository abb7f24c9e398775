/** What an event says of trouble: that there is some, that some is over, or what may have caused it. Pure. */
import type { PlatformEvent } from '../../domain/event.ts'
import type { ExitClass } from '../../domain/exit-class.ts'
import type { ServerId } from '../../domain/id.ts'
import type { IncidentKind, ServerChange } from '../../domain/incident.ts'
import type { Severity } from '../../domain/memory.ts'

export type Signal = { readonly serverId: ServerId; readonly server: string; readonly text: string } & (
  | {
      readonly kind: 'trouble'
      readonly subject: string
      readonly as: IncidentKind
      readonly class: ExitClass | null
      readonly severity: Severity
      /** What has to come right again; absent for what passes by itself. */
      readonly mark?: string
      /** The platform does not try again. */
      readonly isFinal?: boolean
      /** What helps, where the signal knows it. */
      readonly hint?: string
    }
  /** One mark is right again; with the last one the incident ends. */
  | { readonly kind: 'relief'; readonly subject: string; readonly mark: string }
  /** Ends every incident whose subject fits. */
  | { readonly kind: 'over'; readonly subjects: RegExp }
  | { readonly kind: 'change'; readonly change: Pick<ServerChange, 'kind'> }
  /** Stands in the timeline of what is open, and opens nothing. */
  | { readonly kind: 'note' }
)

export const ENDS = /^ends:/
const ANSWERS = 'answers'
export const DRIFT = 'drift'
export const GROWTH = 'growth'
const EVERYTHING = /^/

type Status = Extract<PlatformEvent, { type: 'server.status' | 'server.process' }>

function readStatus(event: Status): Signal | null {
  const { serverId, server, status, reason, cause } = event
  const who = { serverId, server }
  const process = event.type === 'server.process' ? event.process : null
  if (status === 'backoff' || status === 'failed') {
    if (cause === 'asked') return null
    const kind = event.class ?? 'unknown'
    const isFinal = status === 'failed' && process === null
    const whose = process === null ? '' : `its process ${process}: `
    return {
      ...who,
      kind: 'trouble',
      subject: `ends:${kind}`,
      as: kind === 'out_of_memory' ? 'out_of_memory' : 'crash',
      class: event.class,
      severity: isFinal || kind === 'out_of_memory' ? 'high' : 'medium',
      isFinal,
      text: `${whose}${isFinal ? 'failed' : 'ended'} (${kind}): ${reason}`,
    }
  }
  if (process !== null) return null
  if (status === 'running') return { ...who, kind: 'note', text: `runs again, attempt ${event.attempt}` }
  if (status === 'stopped') return { ...who, kind: 'over', subjects: ENDS, text: `It was stopped: ${reason}` }
  return null
}

/** Null: it has nothing to do with trouble. */
export function readSignal(event: PlatformEvent): Signal | null {
  if (!('serverId' in event)) return null
  const who = { serverId: event.serverId, server: event.server }
  const change = (kind: ServerChange['kind'], text: string): Signal => ({
    ...who,
    kind: 'change',
    change: { kind },
    text,
  })
  switch (event.type) {
    case 'server.status':
    case 'server.process':
      return readStatus(event)
    case 'server.breaker':
      return event.state === 'closed'
        ? { ...who, kind: 'relief', subject: ANSWERS, mark: event.process, text: 'calls are answered again' }
        : {
            ...who,
            kind: 'trouble',
            subject: ANSWERS,
            as: 'unresponsive',
            class: null,
            severity: 'medium',
            mark: event.process,
            text: `calls are refused after ${event.failures} in a row without an answer`,
          }
    case 'server.health':
      if (event.health === 'unknown') return null
      return event.health === 'healthy'
        ? { ...who, kind: 'relief', subject: ANSWERS, mark: 'health', text: 'it is healthy again' }
        : {
            ...who,
            kind: 'trouble',
            subject: ANSWERS,
            as: 'unresponsive',
            class: null,
            severity: 'medium',
            mark: 'health',
            text: `it is unhealthy${event.reason === null ? '' : `: ${event.reason}`}`,
          }
    case 'tool.drift':
      return {
        ...who,
        kind: 'trouble',
        subject: DRIFT,
        as: 'drift',
        class: null,
        severity: event.withheld ? 'high' : 'medium',
        mark: `${event.kind} ${event.name}`.slice(0, 200),
        text: `the ${event.kind} ${event.name} was ${event.change}${event.withheld ? ', and is withheld' : ''}`,
      }
    case 'pins.accepted':
      return { ...who, kind: 'over', subjects: /^drift$/, text: 'What drifted was accepted.' }
    case 'version.created':
    case 'version.approved':
      return change('version', `version ${event.number}`)
    case 'version.rolled_back':
      return change('version', `version ${event.to}`)
    case 'server.updated':
      return event.changed.includes('version')
        ? change('version', 'another version')
        : change('settings', `settings changed (${event.changed.join(', ')})`)
    case 'secret.set':
      return change('secret', `secret ${event.secret} was set`)
    case 'secret.removed':
      return change('secret', `secret ${event.secret} was removed`)
    case 'limit.raised':
      return change('limit', `${event.limit} was raised from ${event.from} to ${event.to}`)
    case 'recommendation.applied':
    case 'recommendation.reverted':
      return change('limit', `${event.resource} was set from ${event.from} to ${event.to}`)
    case 'server.archived':
    case 'server.deleted':
      return { ...who, kind: 'over', subjects: EVERYTHING, text: 'The server is gone.' }
    default:
      return null
  }
}

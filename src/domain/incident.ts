/** Trouble of one server as one thing with a beginning, a timeline and an end, instead of a line for each event. */
import type { ExitClass } from './exit-class.ts'
import type { IncidentId, ServerId } from './id.ts'
import type { Severity } from './memory.ts'

/** `growth`: memory grows towards the limit; `leak`: it was seen to do so again after a restart. */
export const INCIDENT_KINDS = [
  'crash',
  'crash_loop',
  'out_of_memory',
  'unresponsive',
  'drift',
  'growth',
  'leak',
] as const
export type IncidentKind = (typeof INCIDENT_KINDS)[number]

export const INCIDENT_STATES = ['open', 'resolved'] as const
export type IncidentState = (typeof INCIDENT_STATES)[number]

export const CHANGE_KINDS = ['version', 'settings', 'secret', 'limit'] as const

/** What somebody, or the platform, changed about a server. */
export type ServerChange = {
  readonly kind: (typeof CHANGE_KINDS)[number]
  /** `version 7`, `settings changed (memory_mb)`: names, never values. */
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly actor: string
  readonly eventId: number
}

/** The last change before the trouble began. */
export type SuspectedChange = ServerChange & {
  /** It came shortly before, and the same was not seen before it. Otherwise it is only told. */
  readonly isSuspected: boolean
}

/** `ev1`, `ev2` …: what explanations point at. */
export type TimelineEntry = {
  readonly id: string
  readonly at: number
  readonly kind: 'trouble' | 'relief' | 'change' | 'note'
  readonly text: string
  /** Null for what no event said. */
  readonly eventId: number | null
}

export type Incident = {
  readonly id: IncidentId
  readonly serverId: ServerId
  /** Its name when it began. */
  readonly server: string
  /** What tells it from other trouble of the same server. */
  readonly subject: string
  readonly kind: IncidentKind
  readonly class: ExitClass | null
  readonly severity: Severity
  readonly openedAt: number
  readonly updatedAt: number
  readonly resolvedAt: number | null
  /** How it came to an end, one sentence; null while it is open. */
  readonly resolution: string | null
  readonly occurrences: number
  /** When it last happened, and the time before. */
  readonly lastAt: number
  readonly beforeLastAt: number | null
  /** What is still wrong: process keys, `health`, names of definitions. Empty for ends. */
  readonly signals: readonly string[]
  /** Of ends that are alike; at most eight. */
  readonly fingerprints: readonly string[]
  readonly change: SuspectedChange | null
  /** What helps. */
  readonly hint: string | null
  /** The last words of the process, masked, at most 2 KiB; empty where there are none. */
  readonly tail: string
  readonly timeline: readonly TimelineEntry[]
  /** Entries between the first and the last that are not kept. */
  readonly omitted: number
}

export type IncidentFilter = {
  readonly state?: IncidentState
  readonly serverId?: ServerId
  /** Incidents that sort before this one: the page after. */
  readonly before?: IncidentId
  readonly limit: number
}

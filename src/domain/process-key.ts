/**
 * Which process of a server a request may go to. `initialize` freezes what a process of an earlier revision believes
 * its client can do, so clients that can do other things need another process; a process of 2026-07-28 is told with
 * each request, so one serves them all.
 */
import { isJsonObject, type JsonObject } from './json.ts'

/** `legacy`: the revisions with a handshake, 2024-11-05 to 2025-11-25. `modern`: 2026-07-28. */
export type Era = 'legacy' | 'modern'

/** What a server may ask of a client that it serves, by the path of the capability that allows it. */
const CAPABILITIES = [
  'elicitation.form',
  'elicitation.url',
  'roots',
  'sampling',
  'sampling.context',
  'sampling.tools',
] as const
type Capability = (typeof CAPABILITIES)[number]

/** Joined with `+` in the order above; empty for a client that a server may ask for nothing. */
export type CapabilityClass = string & { readonly brand?: 'capability-class' }

export type ProcessKey = {
  readonly era: Era
  /** Empty for `modern`. */
  readonly capabilities: CapabilityClass
  /** The principal or session that has this process to itself; null where it is everybody's. */
  readonly owner: string | null
  /** Of a pool, from 0. */
  readonly member: number
}

/** The one process that a server's own status, health and restarts speak of; all others are started on demand. */
export function buildMainKey(era: Era): ProcessKey {
  return { era, capabilities: '', owner: null, member: 0 }
}

export function isSameKey(a: ProcessKey, b: ProcessKey): boolean {
  return a.era === b.era && a.capabilities === b.capabilities && a.owner === b.owner && a.member === b.member
}

/** One text for each key, for maps. */
export function renderProcessKey({ era, capabilities, owner, member }: ProcessKey): string {
  return [era, capabilities, owner ?? '', String(member)].join('|')
}

/** Enough to tell owners apart; whose session it is nobody else needs to know. */
function shorten(owner: string): string {
  return owner.length <= 12 ? owner : `…${owner.slice(-8)}`
}

/** Before the log lines of every process but the main one. */
export function labelProcess({ era, capabilities, owner, member }: ProcessKey): string {
  const words = [
    era,
    capabilities,
    owner === null ? '' : shorten(owner),
    member === 0 ? '' : `#${member + 1}`,
  ]
  return `[${words.filter((word) => word !== '').join(' ')}]`
}

/** For people, for example `legacy, for clients with sampling, of tok_1, no. 2`. */
export function describeProcessKey({ era, capabilities, owner, member }: ProcessKey): string {
  const words = capabilities === '' ? 'clients that can be asked nothing' : `clients with ${capabilities}`
  const whom = era === 'modern' ? 'all clients' : words
  return [
    `${era}, for ${whom}`,
    ...(owner === null ? [] : [`of ${shorten(owner)}`]),
    ...(member === 0 ? [] : [`no. ${member + 1}`]),
  ].join(', ')
}

/**
 * The bridgeable part of what a client declared in `initialize` or in a request's `_meta`. Members have floors:
 * elicitation came with 2025-06-18, its url mode and sampling's members with 2025-11-25; `elicitation: {}` means form.
 */
export function parseCapabilityClass(declared: unknown, revision: string): CapabilityClass {
  if (!isJsonObject(declared)) return ''
  const { elicitation, roots, sampling } = declared
  // Most can be asked nothing, and each of their requests says so.
  if (elicitation === undefined && roots === undefined && sampling === undefined) return ''
  const found = new Set<Capability>()
  if (isJsonObject(elicitation) && revision >= '2025-06-18') {
    const url = isJsonObject(elicitation['url']) && revision >= '2025-11-25'
    if (url) found.add('elicitation.url')
    if (isJsonObject(elicitation['form']) || !url) found.add('elicitation.form')
  }
  if (isJsonObject(roots)) found.add('roots')
  if (isJsonObject(sampling)) {
    found.add('sampling')
    for (const member of ['context', 'tools'] as const) {
      if (isJsonObject(sampling[member]) && revision >= '2025-11-25') found.add(`sampling.${member}`)
    }
  }
  return CAPABILITIES.filter((name) => found.has(name)).join('+')
}

/** As `initialize` of the platform declares it to the process of this class. */
export function renderCapabilities(capabilities: CapabilityClass): JsonObject {
  const declared: Record<string, JsonObject> = {}
  for (const path of capabilities.split('+').filter((name) => name !== '')) {
    const [name = '', member] = path.split('.')
    const before = declared[name] ?? {}
    declared[name] = member === undefined ? before : { ...before, [member]: {} }
  }
  return declared
}

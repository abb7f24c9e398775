/** Event → memory: each yields one, or none for a reason that stands here. The compiler misses no kind. */
import type { PlatformEvent } from './event.ts'
import type { Json, JsonObject } from './json.ts'
import type { Category, Confidentiality, Follows, NewMemory, Severity } from './memory.ts'
import { describeCounts } from './scan-report.ts'

/** What an event says of itself; who and when is added by `rememberEvent`. */
type Gist = {
  readonly category: Category
  readonly content: string
  readonly context?: string
  /** Absent: the event's type. */
  readonly kind?: string
  readonly outcome?: 'ok' | 'failed'
  readonly severity?: Severity
  readonly confidentiality?: Confidentiality
  readonly importance?: number
  readonly tags?: readonly string[]
  readonly data?: JsonObject
  /** Earlier memories that it has to do with. */
  readonly follows?: readonly Follows[]
  /** What makes a repeat of it; absent: each is told by itself. */
  readonly repeats?: string
}
/** Why no memory is made. */
type None = { readonly none: string }
type Rule<K> = (event: Extract<PlatformEvent, { type: K }>) => Gist | None

const none = (why: string) => (): None => ({ none: why })
const plural = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`

type Status = Extract<PlatformEvent, { type: 'server.status' | 'server.process' }>

function rememberStatus(event: Status): Gist | None {
  const { server, status, reason } = event
  const process = event.type === 'server.process' ? event.process : null
  if (status === 'backoff' || status === 'failed') return rememberEnd(event, status, process)
  if (status === 'starting' || status === 'stopping') {
    return { none: 'it is on its way; where it arrives is remembered' }
  }
  if (process !== null) return { none: 'calls start and end such processes all the time' }
  return status === 'running'
    ? {
        category: 'infrastructure',
        kind: 'server.started',
        content: `Server ${server} runs`,
        data: { attempt: event.attempt },
      }
    : { category: 'infrastructure', kind: 'server.stopped', content: `Server ${server} stopped: ${reason}` }
}

function rememberEnd(event: Status, status: 'backoff' | 'failed', process: string | null): Gist {
  const { server, reason, cause, attempt } = event
  const who = process === null ? `Server ${server}` : `A process (${process}) of server ${server}`
  const kind = event.class ?? 'unknown'
  const isOver = status === 'failed'
  return {
    category: 'incidents',
    kind: isOver ? 'server.failed' : kind === 'out_of_memory' ? 'server.oom' : 'server.crashed',
    content: isOver
      ? `${who} failed and is not started again by itself: ${reason}`
      : `${who} ended (${kind}): ${reason}`,
    outcome: 'failed',
    severity: isOver ? 'high' : 'medium',
    importance: isOver ? 0.9 : 0.7,
    tags: [kind],
    data: {
      cause,
      class: event.class,
      attempt,
      process,
      ...(event.memoryMb === undefined ? {} : { limit_bytes: event.memoryMb * 2 ** 20 }),
    },
    repeats: `${status}:${process === null ? 'server' : 'process'}:${kind}:${blurNumbers(reason)}`,
  }
}

/** Ends that are alike but for numbers are one. */
function blurNumbers(text: string): string {
  return text.replace(/\b0x[0-9a-f]+|\d+/gi, '#')
}

type Scanned = Extract<PlatformEvent, { type: 'scan.ended' }>

function rememberScan({ operationId, server, verdict, counts, rules, approved }: Scanned): Gist {
  const whose = server === '' ? 'An archive' : `An archive for server ${server}`
  const data = { operation_id: operationId, verdict, findings: { ...counts }, rules: [...rules], approved }
  if (verdict === 'skipped') {
    return {
      category: 'infrastructure',
      content: `${whose} was not scanned: the configuration says so`,
      data,
    }
  }
  const content = `${whose} was scanned: ${verdict}, ${describeCounts(counts)} found`
  if (verdict === 'pass') return { category: 'infrastructure', content, importance: 0.4, data }
  const which = rules.length === 0 ? '' : ` (${rules.join(', ')})`
  return {
    category: 'security',
    content: `${content}${which}${approved ? '; approved beforehand' : ''}`,
    severity: verdict === 'block' ? 'high' : 'medium',
    ...(approved ? {} : { outcome: 'failed' }),
    importance: 0.7,
    tags: [verdict, operationId, ...rules],
    data,
  }
}

type Trouble = Extract<PlatformEvent, { type: 'incident.opened' | 'incident.resolved' }>

function rememberIncident({ type, incidentId, kind, severity, title, occurrences }: Trouble): Gist {
  const isOver = type === 'incident.resolved'
  return {
    category: 'incidents',
    content: isOver ? `Over: ${title}` : title,
    severity: isOver ? 'info' : severity,
    outcome: isOver ? 'ok' : 'failed',
    importance: 0.8,
    tags: [incidentId, kind],
    ...(isOver ? { follows: [{ rel: 'supersedes', tag: incidentId, kind: 'incident.opened' }] } : {}),
    data: { incident_id: incidentId, kind, occurrences },
  }
}

type Advised = Extract<PlatformEvent, { type: `recommendation.${string}` }>

/** What of the same advice comes before it, and what it makes of that. */
const BEFORE: Readonly<Partial<Record<Advised['type'], Pick<Follows, 'rel' | 'kind'>>>> = {
  'recommendation.applied': { rel: 'caused_by', kind: 'recommendation.made' },
  'recommendation.confirmed': { rel: 'evidence_of', kind: 'recommendation.applied' },
  'recommendation.reverted': { rel: 'supersedes', kind: 'recommendation.applied' },
  'recommendation.dismissed': { rel: 'supersedes', kind: 'recommendation.made' },
  'recommendation.expired': { rel: 'supersedes', kind: 'recommendation.made' },
}

function rememberAdvice(event: Advised, content: string, more: Partial<Gist> = {}): Gist {
  const { recommendationId, resource, from, to, tier, confidence, reason } = event
  const before = BEFORE[event.type]
  return {
    category: 'optimization',
    content: `${content}: ${reason}`,
    tags: [resource, recommendationId],
    follows: before === undefined ? [] : [{ ...before, tag: recommendationId }],
    importance: 0.6,
    data: {
      recommendation_id: recommendationId,
      resource,
      before: from,
      after: to,
      tier,
      confidence,
      reason,
    },
    ...more,
  }
}

const lifecycle = (content: string, more: Partial<Gist> = {}): Gist => ({
  category: 'infrastructure',
  content,
  ...more,
})
const people = (content: string): Gist => ({
  category: 'security',
  content,
  // As in the list of events: who has which tokens and accounts is for administrators.
  confidentiality: 'confidential',
})

const RULES = {
  'platform.started': ({ generation, adopted, reaped }) =>
    lifecycle(`The platform started: ${plural(adopted, 'server process')} went on, ${reaped} could not`, {
      data: { generation, adopted, reaped },
    }),
  'platform.stopping': () => lifecycle('The platform is stopping'),
  'server.created': ({ server }) => lifecycle(`Server ${server} was created`),
  'server.updated': ({ server, changed }) =>
    // Names alone: values may be anything.
    lifecycle(`Settings of server ${server} changed: ${changed.join(', ')}`, {
      data: { changed_keys: [...changed] },
    }),
  'server.deleted': ({ server }) => lifecycle(`Server ${server} was deleted`),
  'server.status': rememberStatus,
  'server.process': rememberStatus,
  'server.health': ({ server, health, reason }) =>
    health === 'unknown'
      ? { none: 'nothing was seen yet' }
      : {
          category: 'monitoring',
          content: `Server ${server} is ${health}${reason === null ? '' : `: ${reason}`}`,
          ...(health === 'unhealthy' ? { severity: 'medium', outcome: 'failed' } : {}),
          data: { to: health },
        },
  'server.breaker': ({ server, state, process, failures }) =>
    state === 'open'
      ? {
          category: 'incidents',
          kind: 'server.unresponsive',
          content: `Server ${server} does not answer: calls to its process ${process} are refused after ${plural(failures, 'failure')}`,
          severity: 'medium',
          outcome: 'failed',
          data: { process, failures },
          repeats: 'breaker',
        }
      : { category: 'monitoring', content: `Server ${server} answers again`, data: { process, failures } },
  'server.adopted': ({ server, pid }) => ({
    category: 'incidents',
    content: `Server ${server} went on while the platform was away`,
    severity: 'info',
    importance: 0.3,
    data: { pid },
    repeats: 'adopted',
  }),
  'egress.denied': ({ server, host, port, reason, count }) => ({
    category: 'incidents',
    kind: 'sandbox.egress_denied',
    content: `Server ${server} was refused the way to ${host}:${port}: ${reason}`,
    severity: 'low',
    data: { host, port, refused: count },
    repeats: `egress:${host}:${port}`,
  }),
  'egress.new_host': ({ server, host, port }) => ({
    category: 'security',
    content: `Server ${server} reached ${host}:${port} for the first time`,
    data: { host, port },
  }),
  'version.created': ({ server, number }) =>
    lifecycle(`Version ${number} of server ${server} was uploaded and installed`, {
      data: { version: number },
    }),
  'version.rolled_back': ({ server, from, to, reason, by }) =>
    lifecycle(`Server ${server} went back from version ${from} to ${to}: ${reason}`, {
      importance: 0.7,
      data: { from, to, by },
    }),
  'deploy.stage': none('the end of the deployment says what became of its stages'),
  'deploy.ended': ({ operationId, server, status, code }) => ({
    category: 'deployments',
    content: `A deployment of server ${server} ended: ${status}${code === null ? '' : ` (${code})`}`,
    ...(code === null ? {} : { severity: 'medium', outcome: 'failed', tags: [code] }),
    follows: [{ rel: 'caused_by', tag: operationId, kind: 'scan.ended' }],
    importance: 0.6,
    data: { operation_id: operationId, status, error: code },
  }),
  'scan.ended': rememberScan,
  'finding.suppressed': ({ fingerprint, reason, until }) => ({
    category: 'security',
    content: `The finding ${fingerprint} counts no more until ${new Date(until).toISOString()}: ${reason}`,
    importance: 0.6,
    tags: [fingerprint],
    data: { fingerprint, reason, until: new Date(until).toISOString() },
  }),
  'finding.restored': ({ fingerprint }) => ({
    category: 'security',
    content: `The finding ${fingerprint} counts again`,
    tags: [fingerprint],
    data: { fingerprint },
  }),
  'token.created': ({ name, grants }) => people(`Token ${name} was made with ${grants.join(', ')}`),
  'token.revoked': ({ name }) => people(`Token ${name} was revoked`),
  'user.created': ({ name, role }) => people(`Account ${name} was made as ${role}`),
  'user.updated': ({ name, changed }) => people(`Account ${name} changed: ${changed.join(', ')}`),
  'user.removed': ({ name }) => people(`Account ${name} was removed`),
  'version.held': ({ server, number }) => ({
    category: 'security',
    content: `Version ${number} of server ${server} waits for approval: the scan found something`,
    severity: 'medium',
    outcome: 'failed',
    importance: 0.7,
    data: { version: number },
  }),
  'version.approved': ({ server, number }) => ({
    category: 'security',
    content: `Version ${number} of server ${server} was approved`,
    data: { version: number },
  }),
  'version.deleted': ({ server, number }) => ({
    category: 'infrastructure',
    content: `Version ${number} of server ${server} was deleted`,
    data: { version: number },
  }),
  'tool.drift': ({ server, kind, name, change, fields, withheld }) => ({
    category: 'incidents',
    content: `The ${kind} ${name} of server ${server} is not as it was pinned: ${change}${withheld ? ', and is withheld' : ''}`,
    severity: withheld ? 'high' : 'medium',
    importance: 0.7,
    data: { definition: name, kind, change, fields: [...fields], withheld },
    repeats: `drift:${kind}:${name}:${change}`,
  }),
  'pins.accepted': ({ server, changes }) => ({
    category: 'security',
    content: `${plural(changes, 'change')} in what server ${server} offers were accepted`,
    data: { changes },
  }),
  'secret.set': ({ server, secret, version }) =>
    lifecycle(`The secret ${secret} of server ${server} was set`, { data: { secret_name: secret, version } }),
  'secret.removed': ({ server, secret }) =>
    lifecycle(`The secret ${secret} of server ${server} was removed`, { data: { secret_name: secret } }),
  'secrets.key_rotated': ({ secrets }) => ({
    category: 'security',
    content: `The key of the secrets was changed; ${plural(secrets, 'secret')} sealed anew`,
    data: { secrets },
  }),
  'server.expiring': ({ server, step, dueAt, why }) =>
    lifecycle(`Server ${server} is due to ${step === 'archive' ? 'be archived' : 'go for good'}: ${why}`, {
      severity: 'low',
      data: { step, due_at: new Date(dueAt).toISOString() },
    }),
  'server.archived': ({ server, why, until }) =>
    lifecycle(`Server ${server} was archived: ${why}`, {
      data: { undo: `haivemind restore ${server}`, until: new Date(until).toISOString() },
    }),
  'server.restored': ({ server }) => lifecycle(`Server ${server} was taken back from the archive`),
  'server.purged': ({ server }) => lifecycle(`Server ${server} is gone for good`),
  'cleanup.done': ({ bytes, items, failed }) =>
    lifecycle(`A clean-up removed ${plural(items, 'thing')}, ${bytes} bytes`, {
      data: { bytes_freed: bytes, items, failed },
    }),
  'backup.created': ({ name, kind }) => ({
    category: 'monitoring',
    content: `Backup ${name} was made (${kind})`,
    data: { name, kind },
  }),
  'backup.failed': ({ name, error }) => ({
    category: 'monitoring',
    content: `Backup ${name} could not be made: ${error}`,
    severity: 'high',
    outcome: 'failed',
    data: { name },
  }),
  'database.rebuilt': ({ why, servers, held, lost }) => ({
    category: 'incidents',
    content: `The database was made anew from the manifests: ${why}`,
    severity: 'critical',
    importance: 1,
    data: { servers, held: [...held], lost: [...lost] },
  }),
  'database.repaired': ({ restored, doubtful }) => ({
    category: 'incidents',
    content: `The database was not as it was written, and was repaired from the manifests`,
    severity: 'high',
    importance: 1,
    data: { restored: [...restored], doubtful: [...doubtful] },
  }),
  'config.reloaded': ({ applied, needsRestart }) =>
    lifecycle(
      `The configuration was read again: ${[...applied, ...needsRestart].join(', ') || 'no change'}`,
      {
        data: { changed_keys: [...applied], needs_restart: [...needsRestart] },
      },
    ),
  'config.refused': ({ reason }) =>
    lifecycle(`A changed configuration was refused: ${reason}`, { outcome: 'failed', severity: 'low' }),
  'client.connected': none('clients come and go all day; the calls say who used what'),
  'limit.raised': ({ server, limit, from, to, why }) => ({
    category: 'optimization',
    kind: 'limit.raised',
    follows: [{ rel: 'caused_by', tag: server, kind: 'server.oom' }],
    content: `${limit} of server ${server} was raised from ${from} to ${to}: ${why}`,
    importance: 0.7,
    data: { resource: limit, before: from, after: to, reason: why },
  }),
  'incident.opened': rememberIncident,
  'incident.updated': none('the incident holds its own timeline; its beginning and its end are remembered'),
  'incident.resolved': rememberIncident,
  'recommendation.made': (event) =>
    rememberAdvice(
      event,
      `${event.resource} of server ${event.server} should go from ${event.from} to ${event.to}`,
    ),
  'recommendation.applied': (event) =>
    rememberAdvice(
      event,
      `${event.resource} of server ${event.server} was set from ${event.from} to ${event.to} as recommended`,
      { importance: 0.7 },
    ),
  'recommendation.confirmed': (event) =>
    rememberAdvice(
      event,
      `${event.resource} of server ${event.server} stays at ${event.to}, which was ${event.from}`,
      { importance: 0.7 },
    ),
  'recommendation.reverted': (event) =>
    rememberAdvice(
      event,
      `${event.resource} of server ${event.server} went back from ${event.from} to ${event.to}`,
      { importance: 0.8, outcome: 'failed', severity: 'medium' },
    ),
  'recommendation.dismissed': (event) =>
    rememberAdvice(
      event,
      `Advice to set ${event.resource} of server ${event.server} from ${event.from} to ${event.to} was dismissed`,
      { importance: 0.4 },
    ),
  'recommendation.expired': (event) =>
    rememberAdvice(
      event,
      `Advice to set ${event.resource} of server ${event.server} from ${event.from} to ${event.to} no longer holds`,
      { importance: 0.3 },
    ),
} satisfies { readonly [K in PlatformEvent['type']]: Rule<K> }

/** Null: this event is none that is remembered. */
export function rememberEvent(event: PlatformEvent, id: number, actor: string): NewMemory | null {
  // One entry for each type, as the table above is typed.
  const rule = RULES[event.type] as (event: PlatformEvent) => Gist | None
  const gist = rule(event)
  if ('none' in gist) return null
  const { category, content, context, kind = event.type, outcome = 'ok', repeats, data = {} } = gist
  const server = 'server' in event && event.server !== '' ? event.server : null
  // A server that was deleted and made again under the same name is another one.
  const subject = 'serverId' in event ? event.serverId : (server ?? '')
  const facts: Record<string, Json> = { ...data, outcome, event_id: id }
  return {
    category,
    content,
    kind,
    actor,
    server,
    data: facts,
    tags: [kind, ...(server === null ? [] : [server]), ...(gist.tags ?? [])],
    ...(context === undefined ? {} : { context }),
    ...(gist.severity === undefined ? {} : { severity: gist.severity }),
    ...(gist.confidentiality === undefined ? {} : { confidentiality: gist.confidentiality }),
    ...(gist.importance === undefined ? {} : { importance: gist.importance }),
    ...(gist.follows === undefined ? {} : { follows: gist.follows }),
    ...(repeats === undefined ? {} : { fingerprint: `event:${subject}:${repeats}` }),
  }
}

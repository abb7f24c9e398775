/** An event in one sentence. Names in it are the words of others: text, never more. */
import type { EventJson } from '../../src/api/schema/event.ts'
import { HEALTH_WORDS, STATUS_WORDS } from './words.ts'

type Data = Readonly<Record<string, unknown>>

const say = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const about = ({ server }: Data) => say(server)
const after = (text: unknown) => (say(text) === '' ? '.' : `: ${say(text)}`)

const SENTENCES: Readonly<Partial<Record<EventJson['type'], (data: Data) => string>>> = {
  'platform.started': ({ adopted }) =>
    `The platform started${Number(adopted) > 0 ? ` and took over ${say(adopted)} running servers` : ''}.`,
  'platform.stopping': () => 'The platform is stopping.',
  'server.created': (data) => `${about(data)} was created.`,
  'server.updated': (data) =>
    `${about(data)} has other settings: ${(data['changed'] as string[]).join(', ')}.`,
  'server.deleted': (data) => `${about(data)} was deleted.`,
  'server.status': (data) => {
    const word = STATUS_WORDS[data['status'] as keyof typeof STATUS_WORDS]
    return `${about(data)}: ${word.toLowerCase()}${after(data['reason'])}`
  },
  'server.process': (data) => `A process of ${about(data)}: ${say(data['status'])}${after(data['reason'])}`,
  'server.health': (data) =>
    `${about(data)} is ${HEALTH_WORDS[data['health'] as keyof typeof HEALTH_WORDS].toLowerCase()}${after(data['reason'])}`,
  'server.breaker': (data) =>
    data['state'] === 'open'
      ? `Calls of ${about(data)} are refused after ${say(data['failures'])} failures in a row.`
      : `${about(data)} answers again.`,
  'server.adopted': (data) => `${about(data)} went on while the platform restarted.`,
  'egress.denied': (data) => `${about(data)} was refused ${say(data['host'])}:${say(data['port'])}.`,
  'egress.new_host': (data) => `${about(data)} reached ${say(data['host'])} for the first time.`,
  'version.created': (data) => `Version ${say(data['number'])} of ${about(data)} was deployed.`,
  'version.rolled_back': (data) =>
    `${about(data)} went from version ${say(data['from'])} back to ${say(data['to'])}${after(data['reason'])}`,
  'version.held': (data) => `Version ${say(data['number'])} of ${about(data)} waits for approval.`,
  'version.approved': (data) => `Version ${say(data['number'])} of ${about(data)} was approved.`,
  'version.deleted': (data) => `Version ${say(data['number'])} of ${about(data)} was deleted.`,
  'deploy.stage': (data) => `Deploying ${about(data)}: ${say(data['stage'])} ${say(data['status'])}.`,
  'deploy.ended': (data) =>
    `Deploying ${about(data)} ${data['status'] === 'succeeded' ? 'succeeded' : `ended: ${say(data['status'])}`}.`,
  'scan.ended': (data) =>
    `An archive${about(data) === '' ? '' : ` for ${about(data)}`} was ${data['verdict'] === 'skipped' ? 'not scanned' : `scanned: ${say(data['verdict'])}`}.`,
  'finding.suppressed': ({ fingerprint, reason }) =>
    `The finding ${say(fingerprint)} counts no more${after(reason)}`,
  'finding.restored': ({ fingerprint }) => `The finding ${say(fingerprint)} counts again.`,
  'token.created': ({ name }) => `The token ${say(name)} was made.`,
  'token.revoked': ({ name }) => `The token ${say(name)} was revoked.`,
  'user.created': ({ name, role }) => `${say(name)} came in as ${say(role)}.`,
  'user.updated': ({ name, changed }) => `${say(name)} has another ${(changed as string[]).join(' and ')}.`,
  'user.removed': ({ name }) => `${say(name)} was removed.`,
  'tool.drift': (data) =>
    `${about(data)} describes ${say(data['kind'])} ${say(data['name'])} otherwise${data['withheld'] === true ? '; clients do not get it' : ''}.`,
  'pins.accepted': (data) => `What changed in ${about(data)} was accepted.`,
  'secret.set': (data) => `The secret ${say(data['secret'])} of ${about(data)} was set.`,
  'secret.removed': (data) => `The secret ${say(data['secret'])} of ${about(data)} was removed.`,
  'secrets.key_rotated': () => 'All secrets are under a new key.',
  'cleanup.done': ({ items }) => `A clean-up removed ${say(items)} things.`,
  'backup.created': ({ name }) => `The backup ${say(name)} was made.`,
  'backup.failed': ({ name, error }) => `The backup ${say(name)} failed${after(error)}`,
  'config.reloaded': () => 'The configuration was read again.',
  'config.refused': ({ reason }) => `The configuration cannot be used${after(reason)}`,
  'server.expiring': (data) => `${about(data)} expires soon${after(data['why'])}`,
  'server.archived': (data) => `${about(data)} was archived${after(data['why'])}`,
  'server.restored': (data) => `${about(data)} is hosted again.`,
  'server.purged': (data) => `The archive of ${about(data)} is gone.`,
  'limit.raised': (data) =>
    `${about(data)} gets ${say(data['to'])} MiB of memory in place of ${say(data['from'])}${after(data['why'])}`,
  'incident.opened': ({ title }) => `Incident: ${say(title)}`,
  'incident.updated': ({ title }) => `Incident again: ${say(title)}`,
  'incident.resolved': ({ title }) => `Over: ${say(title)}`,
  'client.connected': (data) =>
    `${say(data['client'])} ${say(data['version'])} connected to ${about(data) || (data['endpoint'] === 'platform' ? 'the platform’s own tools' : 'the hub')}.`,
}

export function describeEvent({ type, data }: EventJson): string {
  return (
    SENTENCES[type]?.(data) ?? `${type}${typeof data['server'] === 'string' ? ` of ${data['server']}` : ''}.`
  )
}

/** Each second or more often, and said by others too: left out where space is small. */
const QUIET: readonly EventJson['type'][] = [
  'deploy.stage',
  'server.process',
  'egress.new_host',
  'server.updated',
]

export function isLoud({ type, data }: EventJson): boolean {
  if (type === 'server.status') return !['starting', 'stopping'].includes(String(data['status']))
  return !QUIET.includes(type)
}

const BAD = ['failed', 'backoff']
export function toneOf({ type, data }: EventJson): 'good' | 'warn' | 'bad' | 'idle' {
  if (type === 'server.status') {
    if (BAD.includes(String(data['status']))) return 'bad'
    return data['status'] === 'running' ? 'good' : 'idle'
  }
  if (type === 'server.health') return data['health'] === 'unhealthy' ? 'warn' : 'good'
  if (type === 'deploy.ended') return data['status'] === 'succeeded' ? 'good' : 'bad'
  if (['backup.failed', 'config.refused', 'incident.opened', 'incident.updated'].includes(type)) return 'bad'
  if (
    ['tool.drift', 'version.held', 'egress.denied', 'version.rolled_back', 'server.expiring'].includes(type)
  )
    return 'warn'
  return 'idle'
}

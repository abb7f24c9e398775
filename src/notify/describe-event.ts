/** What of everything that happens is to be told, and in which words. Pure. */
import type { PlatformEvent } from '../domain/event.ts'
import type { NoticeDraft } from '../domain/notification.ts'
import { cleanText } from './clean-text.ts'

type Draft = Omit<NoticeDraft, 'at'>
type Rules = { readonly [K in PlatformEvent['type']]?: (event: Extract<PlatformEvent, { type: K }>) => Told }
type Told =
  | (Pick<Draft, 'topic' | 'urgency' | 'title' | 'text'> & {
      readonly thread?: string
      readonly step?: 'opens' | 'closes'
    })
  | null

const RULES: Rules = {
  'incident.opened': ({ incidentId, server, severity, title }) => ({
    topic: 'incident',
    urgency: severity === 'high' || severity === 'critical' ? 'now' : 'soon',
    thread: `incident:${incidentId}`,
    step: 'opens',
    title: `${server}: trouble`,
    text: cleanText(title),
  }),
  'incident.resolved': ({ incidentId, server, title, occurrences }) => ({
    topic: 'incident',
    urgency: 'info',
    thread: `incident:${incidentId}`,
    step: 'closes',
    title: `${server}: over`,
    text: `${cleanText(title)} It happened ${occurrences === 1 ? 'once' : `${occurrences} times`}.`,
  }),
  'server.status': ({ serverId, server, status, reason }) => {
    if (status === 'failed') {
      return {
        topic: 'server',
        urgency: 'now',
        thread: `server:${serverId}`,
        step: 'opens',
        title: `${server} failed`,
        text: `It is not started again: ${cleanText(reason)}`,
      }
    }
    if (status !== 'running') return null
    return {
      topic: 'server',
      urgency: 'info',
      thread: `server:${serverId}`,
      step: 'closes',
      title: `${server} runs again`,
      text: 'It had failed.',
    }
  },
  'deploy.ended': ({ server, status, code, operationId }) =>
    status === 'failed' || status === 'rejected'
      ? {
          topic: 'deploy',
          urgency: 'soon',
          title: `Deploying ${server === '' ? 'an archive' : server} ${status === 'failed' ? 'failed' : 'was refused'}`,
          text: `${code ?? 'It ended early'}; see haivemind operations, ${operationId}.`,
        }
      : null,
  'version.rolled_back': ({ server, from, to, by }) =>
    by === 'platform'
      ? {
          topic: 'deploy',
          urgency: 'now',
          title: `${server} went back to version ${to}`,
          text: `Version ${from} failed soon after it had begun to serve.`,
        }
      : null,
  'version.held': ({ server, number }) => ({
    topic: 'review',
    urgency: 'soon',
    title: `${server}: a version waits for a review`,
    text: `The scan of version ${number} asks for somebody to look: haivemind findings ${server}.`,
  }),
  'tool.drift': ({ server, kind, name, change, withheld }) => ({
    topic: 'review',
    urgency: withheld ? 'now' : 'soon',
    title: `${server} says something else of itself`,
    text: `The ${kind} "${cleanText(name, 80)}" was ${change}${withheld ? ' and is kept from clients' : ''}: haivemind pins ${server}.`,
  }),
  'recommendation.made': ({ server, resource, from, to, reason }) => ({
    topic: 'recommendation',
    urgency: 'info',
    title: `${server}: ${resource} could be ${String(to)}`,
    text: `It is ${String(from)}. ${cleanText(reason)}`,
  }),
  'recommendation.reverted': ({ server, resource, reason }) => ({
    topic: 'recommendation',
    urgency: 'soon',
    title: `${server}: a change of ${resource} was taken back`,
    text: cleanText(reason),
  }),
  'backup.failed': ({ name, error }) => ({
    topic: 'platform',
    urgency: 'now',
    title: 'A backup failed',
    text: `${cleanText(name, 80)}: ${cleanText(error)}`,
  }),
  'config.refused': ({ reason }) => ({
    topic: 'platform',
    urgency: 'soon',
    title: 'The configuration cannot be used',
    text: cleanText(reason),
  }),
  'database.rebuilt': ({ why, servers, lost }) => ({
    topic: 'platform',
    urgency: 'now',
    title: 'The database was made anew',
    text: `${cleanText(why)} ${servers} servers are as before, ${lost.length} are lost.`,
  }),
  'database.repaired': ({ restored, doubtful }) => ({
    topic: 'platform',
    urgency: 'now',
    title: 'The database was repaired',
    text: `${restored.length} servers are as their manifests say, ${doubtful.length} are stopped.`,
  }),
  'server.expiring': ({ server, step }) => ({
    topic: 'platform',
    urgency: 'soon',
    title: `${server} ${step === 'archive' ? 'expires' : 'goes for good'} within a day`,
    text: `haivemind set ${server} expires_at=… keeps it.`,
  }),
}

/** Null: nobody is told of it. @param id of the event */
export function describeEvent(event: PlatformEvent, id: number, at: number): NoticeDraft | null {
  const rule = RULES[event.type] as ((event: PlatformEvent) => Told) | undefined
  const told = rule?.(event) ?? null
  if (told === null) return null
  const server = 'server' in event && event.server !== '' ? event.server : null
  return {
    thread: null,
    step: 'alone',
    ...told,
    key: `event:${id}`,
    server,
    at,
  }
}

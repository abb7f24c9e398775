/** What of one server needs somebody. Pure. */
import type { AttentionItem } from '../../domain/attention.ts'
import type { DriftEntry } from '../ports.ts'
import type { ServerView } from '../server-view.ts'

const FULL = 0.8
const MIB = 2 ** 20

export function judgeServer(view: ServerView, drift: readonly DriftEntry[]): readonly AttentionItem[] {
  const { server, version, config } = view
  const { name } = server
  const items: AttentionItem[] = [...judgeState(view), ...judgeService(view)]
  if (version?.review?.state === 'pending') {
    items.push({
      kind: 'review_waits',
      urgency: 'soon',
      server: name,
      text: `Version ${version.number} waits for a review of what the scan found.`,
      since: version.createdAt,
      action: 'review_version',
      label: 'Review',
      command: `haivemind findings ${name}`,
    })
  }
  if (drift.length > 0) {
    const count = drift.length === 1 ? '1 definition' : `${drift.length} definitions`
    const kept = config?.pin === 'block' ? ', which clients do not see until somebody accepts it' : ''
    items.push({
      kind: 'tools_changed',
      urgency: 'soon',
      server: name,
      text: `It says ${count} otherwise than when this version was accepted${kept}.`,
      since: Math.min(...drift.map(({ seenAt }) => seenAt)),
      action: 'accept_tools',
      label: 'See the difference',
      command: `haivemind pins ${name}`,
    })
  }
  if (view.failedVersion !== null) {
    const { number, failure } = view.failedVersion
    items.push({
      kind: 'version_left',
      urgency: 'soon',
      server: name,
      text:
        number === version?.number
          ? `Version ${number} failed, and there is no version to go back to: ${failure.reason}`
          : `Version ${number} failed and was left again: ${failure.reason}`,
      since: failure.at,
      action: 'compare_versions',
      label: 'Compare versions',
      command: `haivemind versions ${name}`,
    })
  }
  const limit = (config?.limits.diskMb ?? 0) * MIB
  const used = view.disk?.dataBytes ?? 0
  if (limit > 0 && used > limit * FULL) {
    items.push({
      kind: 'disk_nearly_full',
      urgency: 'soon',
      server: name,
      text: `Its /data is ${Math.round((used / limit) * 100)} % full (${Math.round(used / MIB)} of ${limit / MIB} MiB).`,
      since: view.disk?.at ?? null,
      action: 'free_disk',
      label: 'Raise the limit',
      command: `haivemind set ${name} disk_mb=${(limit / MIB) * 2}`,
    })
  }
  return items
}

function judgeState({ server: { name }, state, config, secrets }: ServerView): readonly AttentionItem[] {
  if (state.kind !== 'backoff' && state.kind !== 'failed') return []
  const { lastExit: exit } = state
  const missing = (config?.secrets ?? []).filter(
    (secret) => secret.required && !secrets.stored.some((stored) => stored.name === secret.name),
  )
  if (exit.refusal === 'secret_missing' && missing[0] !== undefined) {
    const names = missing.map((secret) => secret.name).join(', ')
    return [
      {
        kind: 'secret_missing',
        urgency: 'now',
        server: name,
        text: `It needs a secret that is not set: ${names}.`,
        since: exit.at,
        action: 'set_secret',
        label: 'Set it',
        command: `haivemind secret set ${name} ${missing[0].name}`,
      },
    ]
  }
  const base = { urgency: 'now', server: name, since: exit.at } as const
  const logs = { action: 'open_logs', label: 'See its log', command: `haivemind logs ${name}` } as const
  if (state.kind === 'backoff') {
    const tries =
      exit.class === 'dependency_down'
        ? 'try comes by itself, again and again until what it needs is back'
        : `try ${state.attempt + 1} of ${config?.maxRestarts ?? 0} comes by itself`
    return [{ ...base, ...logs, kind: 'backoff', text: `It ended: ${exit.detail} The next ${tries}.` }]
  }
  return [{ ...base, ...logs, kind: 'failed', text: `It is not started again: ${state.reason}` }]
}

/** It runs, and does not serve as it should. */
function judgeService({ server: { name }, state, breaker, health }: ServerView): readonly AttentionItem[] {
  if (state.kind !== 'running') return []
  const restart = { action: 'restart', label: 'Restart', command: `haivemind restart ${name}` } as const
  const base = { urgency: 'now', server: name } as const
  const sick: AttentionItem[] =
    state.health === 'unhealthy'
      ? [
          {
            ...base,
            ...restart,
            kind: 'unhealthy',
            text: `It runs and does not answer well: ${health.readiness.reason ?? health.liveness.evidence?.detail ?? 'its checks fail'}`,
            since: health.liveness.evidence?.at ?? null,
          },
        ]
      : []
  if (breaker === null) return sick
  const refused: AttentionItem = {
    ...base,
    ...restart,
    kind: 'calls_refused',
    text: `Calls are refused after ${breaker.failures} failures in a row; one is let through to try again.`,
    since: null,
  }
  return [...sick, refused]
}

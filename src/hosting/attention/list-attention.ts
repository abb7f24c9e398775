import type { AttentionItem } from '../../domain/attention.ts'
import type { HostingContext } from '../context.ts'
import { mergePins } from '../merge-pins.ts'
import { viewServers } from '../server-view.ts'
import { judgeServer } from './judge-server.ts'
import { tellLongWaits } from './long-waits.ts'

/** What the scan refused is told for a day: by then whoever sent it knows. */
const BLOCKED_MS = 24 * 60 * 60 * 1000
const LATEST = 50
const OPEN = 500

/** Of all servers; the caller adds what is about the platform. */
export async function listAttention(context: HostingContext): Promise<readonly AttentionItem[]> {
  const views = await viewServers(context, await context.servers.list())
  const drifted = await context.pins.listDrifted(views.flatMap(({ version }) => version?.id ?? []))
  const judged = views.flatMap((view) => {
    const records = view.version === null ? undefined : drifted.get(view.version.id)
    const pins = records === undefined || view.config?.pin === 'off' ? null : mergePins(records)
    return judgeServer(view, pins?.drift ?? [])
  })
  const open = judged.some(({ kind }) => kind === 'backoff')
    ? await context.incidents.list({ state: 'open', limit: OPEN })
    : []
  return [...tellLongWaits(judged, views, open, context.clock.now()), ...(await listBlocked(context))]
}

/** Uploads that the scan refused, of each name the latest, unless something came in under it since. */
async function listBlocked({ operations, clock }: HostingContext): Promise<readonly AttentionItem[]> {
  const seen = new Set<string>()
  const latest = (await operations.list({ limit: LATEST })).filter(({ server }) => {
    const isFirst = !seen.has(server)
    seen.add(server)
    return isFirst
  })
  return latest
    .filter(
      ({ error, endedAt }) => error?.code === 'scan_blocked' && (endedAt ?? 0) > clock.now() - BLOCKED_MS,
    )
    .map(({ server, error, endedAt }) => ({
      kind: 'scan_blocked',
      urgency: 'soon',
      server,
      text: `The scan refused what was sent: ${error?.message ?? ''}`,
      since: endedAt,
      action: 'read_findings',
      label: 'See what was found',
      command: 'haivemind scan <archive>',
    }))
}

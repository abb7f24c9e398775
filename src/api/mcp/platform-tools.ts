import { z } from 'zod'
import { AUDIT_OUTCOMES } from '../../domain/audit.ts'
import type { ApiDeps } from '../api-deps.ts'
import { mayRead, renderEvent } from '../render-event.ts'
import { renderSuppression } from '../render-finding.ts'
import {
  auditListSchema,
  auditVerdictSchema,
  renderAuditRecord,
  renderAuditVerdict,
} from '../schema/audit.ts'
import { eventListSchema } from '../schema/event.ts'
import {
  fingerprintSchema,
  reasonSchema,
  suppressionListSchema,
  suppressionSchema,
} from '../schema/finding.ts'
import { systemSchema } from '../schema/platform.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

const exact = z.string().max(256).optional()

/** What concerns the platform as a whole: what happened, what is in force, what does not count. */
export function buildPlatformTools(deps: ApiDeps): ManagementTool[] {
  return [...buildReading(deps), ...buildAuditing(deps), ...buildSuppressing(deps)]
}

function buildReading({ hosting, readSystem }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_hosting_events',
      title: 'What happened on the platform',
      description: 'The latest events, newest last: deployments, status, refused places, changed tools.',
      needs: 'servers:read',
      input: z.strictObject({ limit: z.int().min(1).max(1_000).default(50) }),
      output: eventListSchema,
      annotations: READS,
      async run({ args, principal }) {
        const records = await hosting.listLatestEvents(args.limit)
        const items = records.filter((record) => mayRead(principal, record)).map(renderEvent)
        const lines = items.map(({ time, type, actor }) => `${time} ${type} ${actor}`)
        return { text: [`${items.length} events`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'get_hosting_system',
      title: 'What this host can enforce',
      description:
        'The isolation tier of the host, each check of it, and the command that adds what is missing.',
      needs: 'servers:read',
      input: z.strictObject({}),
      output: systemSchema,
      annotations: READS,
      async run() {
        const data = await readSystem()
        const lines = data.checks
          .filter(({ status }) => status !== 'ok')
          .map(
            ({ status, area, found, fix }) =>
              `- ${status} ${area}: ${found}${fix === null ? '' : `; ${fix}`}`,
          )
        return { text: [`Isolation tier: ${data.tier}`, ...lines].join('\n'), data }
      },
    }),
  ]
}

function buildAuditing({ audit }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_audit_records',
      title: 'Who did what',
      description: 'Records of the audit log, newest first.',
      needs: 'admin',
      input: z.strictObject({
        limit: z.int().min(1).max(500).default(50),
        before: z.int().min(1).optional().describe('Only records before this number'),
        actor: exact,
        action: exact.describe('For example server.stop'),
        resource: exact.describe('For example server:weather'),
        outcome: z.enum(AUDIT_OUTCOMES).optional(),
      }),
      output: auditListSchema,
      annotations: READS,
      async run({ args }) {
        const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
        const items = audit.list({ ...given, limit: args.limit, order: 'newest' }).map(renderAuditRecord)
        const last = items.at(-1)
        const lines = items.map(
          ({ seq, ts, outcome, action, resource, actor }) =>
            `${seq} ${ts} ${outcome} ${action} ${resource ?? '-'} ${actor}`,
        )
        const isFull = last !== undefined && items.length === args.limit
        return {
          text: [`${items.length} records`, ...lines].join('\n'),
          data: { items, next_cursor: isFull ? String(last.seq) : null },
        }
      },
    }),
    defineTool({
      name: 'verify_audit_log',
      title: 'Check the audit log',
      description: 'Checks the whole chain; names the first record that is not as it was written.',
      needs: 'admin',
      input: z.strictObject({}),
      output: auditVerdictSchema,
      annotations: READS,
      async run() {
        const data = renderAuditVerdict(await audit.verify())
        const { problem, records } = data
        const text =
          problem === null
            ? `The audit log is whole: ${records} records`
            : `Record ${problem.seq} ${problem.reason}`
        return { text, data }
      },
    }),
  ]
}

function buildSuppressing({ hosting, clock }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_suppressed_findings',
      title: 'Findings that do not count',
      description: 'Which findings count no more, why, and until when.',
      needs: 'admin',
      input: z.strictObject({}),
      output: suppressionListSchema,
      annotations: READS,
      async run() {
        const all = await hosting.listSuppressions()
        const items = all.map((suppression) => renderSuppression(suppression, clock.now()))
        const lines = items.map(
          ({ fingerprint, reason, expires_at }) => `- ${fingerprint} until ${expires_at}: ${reason}`,
        )
        return { text: [`${items.length} suppressed`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'suppress_finding',
      title: 'Let a finding count no more',
      description: 'For a time, with a reason that is recorded: only for what a person has looked at.',
      needs: 'admin',
      action: 'suppression.create',
      input: z.strictObject({
        fingerprint: fingerprintSchema,
        reason: reasonSchema,
        days: z.int().min(1).max(365).default(90),
      }),
      output: suppressionSchema,
      annotations: CHANGES,
      async run({ args, principal }) {
        const data = renderSuppression(await hosting.suppress(args, principal), clock.now())
        return { text: `${data.fingerprint} does not count until ${data.expires_at}`, data }
      },
    }),
    defineTool({
      name: 'remove_suppression',
      title: 'Let a finding count again',
      description: 'Takes back what suppress_finding did.',
      needs: 'admin',
      action: 'suppression.delete',
      input: z.strictObject({ fingerprint: fingerprintSchema }),
      output: z.object({ fingerprint: z.string(), deleted: z.literal(true) }),
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args: { fingerprint }, principal }) {
        await hosting.removeSuppression(fingerprint, principal)
        return { text: `${fingerprint} counts again`, data: { fingerprint, deleted: true as const } }
      },
    }),
  ]
}

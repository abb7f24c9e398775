import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { describeSecurity, renderFindingList, renderScan, renderSecurity } from '../render-finding.ts'
import { renderServer } from '../render-server.ts'
import {
  findingListSchema,
  reasonSchema,
  scanSchema,
  securityListSchema,
  type FindingJson,
} from '../schema/finding.ts'
import { serverSchema } from '../schema/server.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'
import { chunksOf } from './upload-tool.ts'

/** How many findings the text names; all are in the structured content. */
const SHOWN = 20

/** What an archive holds before it runs, and the release of what a review holds. */
export function buildScanTools(deps: ApiDeps): ManagementTool[] {
  const { hosting, baseUrl, clock, version: platformVersion } = deps
  const version = z.int().min(1).optional()
  return [
    defineTool({
      name: 'scan_mcp_archive',
      title: 'Scan an archive without deploying it',
      description:
        'Checks the archive and scans what is in it: secrets, dangerous code, dependencies. Answers findings and ' +
        'the verdict that a deployment would get: pass, review or block. Nothing is kept.',
      needs: 'servers:deploy',
      counts: 'uploads',
      input: z.strictObject({
        archive_base64: z.base64().describe('zip, mcpb, tar, tar.gz or tar.zst; bigger ones by REST'),
      }),
      output: scanSchema,
      annotations: READS,
      async run({ args, signal }) {
        const archive = await hosting.receive(chunksOf(Buffer.from(args.archive_base64, 'base64')), signal)
        const scanned = await hosting.scan(archive, signal)
        const data = renderScan(scanned, archive, { sarif: false, platformVersion })
        return { text: describeFindings(`Verdict: ${data.verdict}`, data.items), data }
      },
    }),
    defineTool({
      name: 'get_mcp_server_findings',
      title: 'Findings of a hosted MCP server',
      description: 'What was found in a version of a server, worst first, with its verdict and review.',
      needs: 'servers:read',
      input: serverInput.extend({ version: version.describe('Absent: the newest') }),
      output: findingListSchema,
      annotations: READS,
      async run({ args }) {
        const name = await resolveServer(hosting, args)
        const data = renderFindingList(await hosting.readFindings(name, args.version ?? null))
        const review = data.review === null ? '' : `, review ${data.review.state}`
        const head = `${name} version ${data.version}: ${data.verdict}${review}`
        return { text: describeFindings(head, data.items), data }
      },
    }),
    defineTool({
      name: 'get_security_overview',
      title: 'Security of all hosted MCP servers',
      description:
        'Of every server: the verdict, findings by severity and review of its newest version, and how many of its ' +
        'definitions changed without a new version.',
      needs: 'servers:read',
      input: z.strictObject({}),
      output: securityListSchema,
      annotations: READS,
      async run() {
        const data = renderSecurity(await hosting.listSecurity())
        return { text: data.items.map(describeSecurity).join('\n') || 'No servers.', data }
      },
    }),
    defineTool({
      name: 'approve_mcp_server',
      title: 'Approve a held version of a hosted MCP server',
      description:
        'Releases a version whose scan asks for a review, and starts it. The reason is recorded: approve only ' +
        'what a person has looked at.',
      needs: 'admin',
      action: 'server.approve',
      input: serverInput.extend({
        reason: reasonSchema,
        version: version.describe('Absent: the one that waits'),
        start: z.boolean().default(true).describe('false: approve only'),
      }),
      output: serverSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args, principal }) {
        const name = await resolveServer(hosting, args)
        const { reason, start } = args
        const view = await hosting.approve(name, { reason, start, version: args.version ?? null }, principal)
        const data = renderServer(view, baseUrl, clock.now())
        return { text: `${name}: approved; ${data.status}, version ${data.version ?? 'none'}`, data }
      },
    }),
  ]
}

function describeFindings(head: string, items: readonly FindingJson[]): string {
  const lines = items.slice(0, SHOWN).map(({ severity, rule_id, file, line, reason }) => {
    const place = file === null ? '' : ` ${file}${line === null ? '' : `:${line}`}`
    return `- ${severity} ${rule_id}${place}: ${reason}`
  })
  const rest = items.length > SHOWN ? [`… and ${items.length - SHOWN} more`] : []
  return [`${head}; ${items.length} findings`, ...lines, ...rest].join('\n')
}

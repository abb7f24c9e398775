import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { AuditListJson, AuditRecordJson, AuditVerdictJson } from '../../api/schema/audit.ts'
import { loadConfig } from '../../config/load.ts'
import { AppError } from '../../domain/error.ts'
import { revealText } from '../../domain/reveal-text.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { openClient } from '../servers.ts'

const VERBS = ['verify', 'list', 'export'] as const
const MAX_LINES = 500

export const audit: Command = {
  name: 'audit',
  group: 'platform',
  summary: 'show who did what, and check that nobody changed that record',
  arguments: 'verify | list | export',
  takes: [1, 1],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
    'public-key': { type: 'string', value: 'FILE', help: 'verify: the key that you kept elsewhere' },
    lines: { type: 'string', short: 'n', value: 'N', help: 'list: the last N records (default 50)' },
    actor: { type: 'string', value: 'ID', help: 'list: of this actor only' },
    action: { type: 'string', value: 'ACTION', help: 'list: this action only, for example server.stop' },
    resource: { type: 'string', value: 'NAME', help: 'list: of this only, for example server:weather' },
    outcome: { type: 'string', value: 'WORD', help: 'list: attempt, success, failure or denied' },
    jsonl: { type: 'boolean', help: 'export: one JSON record a line, as it always is' },
  },
  details:
    'verify reads the data directory itself, whether or not the platform runs; with HAIVEMIND_URL it asks that\n' +
    'platform. It names the first record that is not as it was written, and answers 1 then. Whoever can write to the\n' +
    'data directory can also replace its key: --public-key checks against a copy that they cannot reach.',
  examples: [
    ['haivemind audit verify', 'is the record whole?'],
    [
      'haivemind audit verify --public-key /mnt/kept/public-key.pem',
      'the same, for those who trust nobody here',
    ],
    ['haivemind audit list --resource server:weather', 'who changed this server'],
    ['haivemind audit export > audit.jsonl', 'everything, for another system'],
  ],
  async run(context) {
    const [verb = ''] = context.args.positionals
    switch (verb) {
      case 'verify':
        return await verify(context)
      case 'list':
        return await list(context)
      case 'export':
        return await exportAll(context)
      default: {
        const near = nearest(verb, VERBS)
        throw usage(audit, `audit has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
      }
    }
  },
}

async function verify({ io, args, print }: CommandContext): Promise<number> {
  const verdict = await findVerdict({ io, args, print })
  print.result(verdict, () => {
    const { problem, records, seq, hash, checkpoints, first_seq: first } = verdict
    if (problem === null) {
      print.line(`the audit log is whole: ${records} records, ${checkpoints} checkpoints`)
      if (first > 1) print.line(`it begins with ${first}: those before were removed for their age`)
      if (seq > 0) print.line(`the last is ${seq}, ${hash}`)
    } else
      print.line(`${print.style('red', 'the audit log is broken')}: record ${problem.seq} ${problem.reason}`)
  })
  return verdict.ok ? 0 : 1
}

async function findVerdict({ io, args }: CommandContext): Promise<AuditVerdictJson> {
  const keyFile = args.text('public-key')
  if ((io.env['HAIVEMIND_URL'] ?? '') !== '') {
    if (keyFile !== undefined) throw usage(audit, '--public-key goes with a data directory on this machine')
    return (await openClient(io)).get<AuditVerdictJson>('/audit/verify')
  }
  const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
  const publicKey = keyFile === undefined ? undefined : await readKey(resolve(io.cwd, keyFile))
  const { keyId, firstSeq, ...rest } = await io.verifyAudit(loaded, publicKey)
  return { ok: rest.problem === null, ...rest, first_seq: firstSeq, key_id: keyId }
}

function readKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new AppError('usage', `--public-key: ${path} cannot be read (${error.code})`)
  })
}

async function list({ io, args, print }: CommandContext): Promise<number> {
  const limit = args.text('lines') ?? '50'
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LINES) {
    throw usage(audit, `-n takes a number up to ${MAX_LINES}`)
  }
  const query = Object.fromEntries(
    ['actor', 'action', 'resource', 'outcome'].map((name) => [name, args.text(name)]),
  )
  const client = await openClient(io, args.text('config'))
  const { items } = await client.get<AuditListJson>('/audit', { limit, ...query })
  for (const record of items.toReversed()) print.record(record, renderRecord(record))
  return 0
}

export function renderRecord(record: AuditRecordJson): string {
  const { seq, ts, actor, via, ip, action, resource, outcome, details } = record
  const more = Object.entries(details).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' ? showWord(value) : revealText(JSON.stringify(value))}`,
  )
  const parts = [
    seq,
    ts,
    outcome.padEnd(7),
    action,
    resource === null ? '-' : showWord(resource),
    actor,
    `${via}${ip === null ? '' : `/${ip}`}`,
  ]
  return [...parts, ...more].join(' ')
}

/**
 * A stranger's word, as one: a path that was asked for may hold a line break and, behind it, a line that looks like ours.
 */
function showWord(text: string): string {
  const shown = revealText(text)
  return /^[^\s"]+$/.test(shown) ? shown : `"${shown.replaceAll('"', '\\"')}"`
}

async function exportAll({ io, args, print }: CommandContext): Promise<number> {
  const client = await openClient(io, args.text('config'))
  for await (const record of client.lines<AuditRecordJson>('/audit/export')) {
    print.line(JSON.stringify(record))
  }
  return 0
}

import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type {
  ImportedJson,
  MemoryJson,
  MemoryListJson,
  MemoryStatsJson,
  MemoryStoredJson,
  RecalledJson,
} from '../../api/schema/memory.ts'
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import { revealText } from '../../domain/reveal-text.ts'
import type { Client } from '../client.ts'
import type { Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { readLines } from '../read-stream.ts'
import { openClient } from '../servers.ts'

const VERBS = ['search', 'recent', 'recall', 'store', 'show', 'export', 'import', 'stats'] as const
const PATH = '/memories'
/** Of one request of an import; the platform takes a megabyte. */
const MAX_BATCH_BYTES = 512 * 1024
const MAX_BATCH = 200

export const memory: Command = {
  name: 'memory',
  group: 'operate',
  summary: 'search what the platform remembers, and add to it',
  arguments:
    'search <words> | recent | recall <words> | store <text> | show <id> | export | import <file> | stats',
  takes: [1, 33],
  options: {
    server: { type: 'string', value: 'NAME', help: 'of this server only; store: about it' },
    category: { type: 'string', value: 'NAME', help: 'of this category only; store: in it (default global)' },
    tag: { type: 'string', multiple: true, value: 'TAG', help: 'with this tag; store: gets it' },
    since: { type: 'string', value: 'TIME', help: 'seen at this time or later, RFC 3339' },
    until: { type: 'string', value: 'TIME', help: 'seen at this time or earlier' },
    severity: {
      type: 'string',
      value: 'WORD',
      help: 'at least info, low, medium, high or critical; store: this',
    },
    confidentiality: {
      type: 'string',
      value: 'WORD',
      help: 'up to normal, internal (default), confidential or pii; store: this (default normal)',
    },
    words: { type: 'boolean', help: 'search: by words alone, even where a model could say what is meant' },
    'dedupe-key': { type: 'string', value: 'KEY', help: 'store: a repeat is counted, not stored again' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'N',
      help: 'search, recent: at most N, up to 100 (default 20)',
    },
  },
  details:
    'Each deployment, start, stop, failure and change of a server is remembered by itself. Search is by words; import\n' +
    'takes what export wrote, as often as you like. recall asks the hAIveMinds of the configuration (--category, by default\n' +
    'incidents).',
  examples: [
    ['haivemind memory search out of memory --server weather', 'has that happened before?'],
    ['haivemind memory recent -n 5', 'what was remembered last'],
    ['haivemind memory store "the weather key expires in May" --server weather', 'leave a note'],
    ['haivemind memory export > memories.jsonl', 'everything, for another platform'],
  ],
  async run(context) {
    const [verb = '', ...rest] = context.args.positionals
    const client = await openClient(context.io)
    switch (verb) {
      case 'search':
        if (rest.length === 0) throw usage(memory, 'memory search takes words')
        return await list(client, context, rest.join(' '))
      case 'recent':
        return await list(client, context)
      case 'recall':
        if (rest.length === 0) throw usage(memory, 'memory recall takes words')
        return await recall(client, context, rest.join(' '))
      case 'store':
        return await store(client, context, rest.join(' '))
      case 'show':
        return await show(client, context, rest[0] ?? '')
      case 'export':
        for await (const one of client.lines<MemoryJson>(`${PATH}/export`, ceilingOf(context))) {
          context.print.line(JSON.stringify(one))
        }
        return 0
      case 'import':
        return await importAll(client, context, rest[0])
      case 'stats':
        return await stats(client, context)
      default: {
        const near = nearest(verb, VERBS)
        throw usage(memory, `memory has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
      }
    }
  },
}

const ceilingOf = ({ args }: CommandContext) => ({ max_confidentiality_level: args.text('confidentiality') })

async function list(client: Client, context: CommandContext, query?: string): Promise<number> {
  const { args, print } = context
  const limit = args.text('lines') ?? '20'
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) {
    throw usage(memory, '-n takes a number up to 100')
  }
  const tags = args.texts('tag')
  const found = await client.get<MemoryListJson>(PATH, {
    query,
    limit,
    category: args.text('category'),
    server: args.text('server'),
    since: args.text('since'),
    until: args.text('until'),
    min_severity: args.text('severity'),
    ...(tags.length === 0 ? {} : { tags: tags.join(',') }),
    ...(args.flag('words') ? { semantic: 'false' } : {}),
    ...ceilingOf(context),
  })
  print.result(found, () => {
    for (const one of found.memories) print.line(renderLine(one))
    if (found.note !== null) print.note(revealText(found.note))
    const { total } = found.pagination
    print.note(total > found.memories.length ? `${found.memories.length} of ${total}` : `${total} in all`)
  })
  return 0
}

/** One line, whatever somebody stored. */
function renderLine({ last_seen_at, category, content, occurrences, id }: MemoryJson): string {
  const often = occurrences > 1 ? ` (${occurrences} times)` : ''
  return `${last_seen_at} ${category.padEnd(14)} ${revealText(content.slice(0, 400))}${often} ${id}`
}

async function store(client: Client, { args, print }: CommandContext, content: string): Promise<number> {
  if (content === '') throw usage(memory, 'memory store takes a text')
  const tags = args.texts('tag')
  const stored = await client.send<MemoryStoredJson>('POST', PATH, {
    content,
    category: args.text('category'),
    server: args.text('server'),
    severity: args.text('severity'),
    confidentiality_level: args.text('confidentiality'),
    dedupe_key: args.text('dedupe-key'),
    ...(tags.length === 0 ? {} : { tags }),
  })
  print.result(stored, () =>
    print.line(
      stored.created ? `stored as ${stored.id}` : `was there: ${stored.id}, now ${stored.occurrences} times`,
    ),
  )
  return 0
}

async function show(client: Client, context: CommandContext, id: string): Promise<number> {
  if (id === '') throw usage(memory, 'memory show takes an id')
  const found = await client.get<MemoryJson>(`${PATH}/${encodeURIComponent(id)}`, ceilingOf(context))
  context.print.result(found, () => context.print.line(JSON.stringify(found, null, 2)))
  return 0
}

async function recall(client: Client, { args, print }: CommandContext, query: string): Promise<number> {
  const found = await client.get<RecalledJson>(`${PATH}/recall`, { query, category: args.text('category') })
  print.result(found, () => {
    for (const { peer, category, content } of found.memories) {
      print.line(`${peer} ${category.padEnd(14)} ${revealText(content.slice(0, 400))}`)
    }
    print.note(`${found.memories.length} in all`)
  })
  return 0
}

async function stats(client: Client, context: CommandContext): Promise<number> {
  const found = await client.get<MemoryStatsJson>(`${PATH}/stats`, ceilingOf(context))
  context.print.result(found, () => {
    context.print.table(
      ['CATEGORY', 'MEMORIES'],
      Object.entries(found.categories).map(([category, { count }]) => [category, String(count)]),
    )
    context.print.note(`${found.total} in all`)
    if (found.embeddings !== null) {
      const { model, stored, waiting, refused, problem } = found.embeddings
      const state = problem === null ? '' : `, of no use now: ${problem}`
      context.print.note(
        `by meaning (${revealText(model + state)}): ${stored} have a vector, ${waiting} wait, ${refused} are refused`,
      )
    }
    for (const { name, reachable, problem, waiting, sent, dropped } of found.peers) {
      const state = reachable ? 'reachable' : `not reachable: ${problem ?? 'unknown'}`
      context.print.note(
        `peer ${name} (${revealText(state)}): ${sent} told, ${waiting} waiting, ${dropped} not forwarded`,
      )
    }
  })
  return 0
}

async function importAll(client: Client, { io, print }: CommandContext, file?: string): Promise<number> {
  if (file === undefined) throw usage(memory, 'memory import takes a file')
  const sum = { added: 0, present: 0 }
  let batch: unknown[] = []
  let bytes = 0
  const send = async () => {
    if (batch.length === 0) return
    const { added, present } = await client.send<ImportedJson>('POST', `${PATH}/import`, { memories: batch })
    sum.added += added
    sum.present += present
    batch = []
    bytes = 0
  }
  const path = resolve(io.cwd, file)
  let number = 0
  try {
    for await (const line of readLines(createReadStream(path))) {
      number++
      if (batch.length >= MAX_BATCH || bytes + line.length > MAX_BATCH_BYTES) await send()
      batch.push(parseLine(line, number))
      bytes += line.length
    }
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) throw error
    throw new AppError('usage', `${path} cannot be read (${String(error.code)})`)
  }
  await send()
  print.result(sum, () => print.line(`${sum.added} added, ${sum.present} were there`))
  return 0
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new AppError('usage', `line ${number} is not JSON`, {
      hint: 'Import takes what memory export wrote.',
    })
  }
}

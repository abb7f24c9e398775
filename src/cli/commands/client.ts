import { join } from 'node:path'
import type { ClientListJson, EndpointTrialJson } from '../../api/schema/clients.ts'
import { TOKEN_PLACE, TOKEN_VARIABLE } from '../../domain/clients/client.ts'
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import { applyChange, planAdd, planRemove, type FileChange } from '../client-file/change-file.ts'
import { renderDifference, type Snippet } from '../client-file/edit-text.ts'
import type { Command, CommandContext } from '../command.ts'
import type { CliIo } from '../io.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

const VERBS = ['list', 'show', 'add', 'remove', 'test'] as const
type Entry = ClientListJson['items'][number]
type FileJson = Entry['files'][number]

export const client: Command = {
  name: 'client',
  group: 'use',
  summary: 'give a server to an MCP client',
  arguments:
    'list [name] | show <client> [name] | add <client> [name] | remove <client> [name] | test <name>',
  takes: [1, 3],
  options: {
    hub: { type: 'boolean', help: 'all servers behind one endpoint, in the place of a name' },
    servers: { type: 'string', value: 'NAMES', help: 'with --hub: these alone, with commas between them' },
    platform: { type: 'boolean', help: 'the tools of the platform itself, in the place of a name' },
    project: { type: 'boolean', help: 'the file of the project in the current folder' },
    'dry-run': { type: 'boolean', help: 'print what would change in the file' },
  },
  details:
    'show prints links, commands and files; none of them holds a token. add writes the file of the client and keeps\n' +
    'what was in it beside it; remove puts that back. A client that cannot read a variable has the token in its file:\n' +
    `for it add takes the one of ${TOKEN_VARIABLE}. test connects as clients do, in both generations of the protocol.`,
  examples: [
    ['haivemind client list weather', 'which clients there are, and which cannot work'],
    ['haivemind client show claude-code weather', 'the command to paste'],
    ['haivemind client add cursor weather --dry-run', 'what would change in its file'],
    ['haivemind client remove cursor weather', 'the file as it was before'],
    ['haivemind client test weather', 'whether clients can connect to it at all'],
  ],
  async run(context) {
    const { args, io, print } = context
    const [verb = '', ...words] = args.positionals
    if (!(VERBS as readonly string[]).includes(verb)) {
      const near = nearest(verb, VERBS)
      throw usage(client, `client has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (verb === 'test') return testServer(context, words)
    const [id, name] = verb === 'list' ? [undefined, words[0]] : words
    if (verb !== 'list' && id === undefined) throw usage(client, `client ${verb} needs the name of a client`)
    const all = await readClients(context, name)
    if (verb === 'list') return showAll(all, print)
    const entry = findEntry(all, id ?? '')
    if (verb === 'show') return showOne(all, entry, print)
    if (verb === 'add' && entry.disabled !== null) throw new AppError('usage', entry.disabled)
    const file = findFile(entry, io, args.flag('project'))
    const path = placeFile(file, io)
    const snippet = verb === 'add' ? fillToken(file, io, args.flag('dry-run')) : file
    const change =
      verb === 'add' ? await planAdd(path, snippet, all.name) : await planRemove(path, snippet, all.name)
    return await carryOut(change, entry, context)
  },
}

/** By the platform itself, through the address that clients use. Exit 9 where they cannot. */
async function testServer({ io, print }: CommandContext, words: readonly string[]): Promise<number> {
  const [name, ...more] = words
  if (name === undefined || more.length > 0) throw usage(client, 'client test needs the name of a server')
  const daemon = await openClient(io)
  const trial = await withServer(daemon, name, () =>
    daemon.send<EndpointTrialJson>('POST', serverPath(name, '/clients/test')),
  )
  print.result(trial, () => {
    print.line(trial.url)
    for (const { era, protocol_version: version, tools, problem } of trial.eras) {
      if (problem === null) print.line(`${version ?? era}: ${tools} tools`)
      else print.warn(`${version ?? era}: ${problem}`)
    }
  })
  return trial.works ? 0 : 9
}

async function readClients({ io, args }: CommandContext, name: string | undefined): Promise<ClientListJson> {
  const ends = [
    ...(args.flag('hub') ? ['/hub/clients'] : []),
    ...(args.flag('platform') ? ['/mcp/clients'] : []),
    ...(name === undefined ? [] : [serverPath(name, '/clients')]),
  ]
  const [end] = ends
  if (end === undefined || ends.length > 1) throw usage(client, 'name one server, or --hub, or --platform')
  const servers = args.text('servers')
  if (servers !== undefined && !args.flag('hub')) throw usage(client, '--servers goes with --hub')
  const daemon = await openClient(io)
  return await withServer(daemon, name ?? '', () => daemon.get<ClientListJson>(end, { servers }))
}

function findEntry({ items }: ClientListJson, id: string): Entry {
  const found = items.find((item) => item.id === id)
  if (found !== undefined) return found
  const ids = items.map((item) => item.id)
  const near = nearest(id, ids)
  throw usage(client, `no client "${id}" is known${near === null ? '' : `; did you mean ${near}?`}`)
}

/** Of the user if there is one, else of the project; of those for this system alone. */
function findFile({ id, files }: Entry, io: CliIo, ofProject: boolean): FileJson & { readonly path: string } {
  const usable = files.flatMap((file) =>
    file.path !== null && (file.os === null || file.os === io.os) ? [{ ...file, path: file.path }] : [],
  )
  const found = ofProject
    ? usable.find(({ path }) => path.startsWith('./'))
    : (usable.find(({ path }) => path.startsWith('~/')) ?? usable[0])
  if (found !== undefined) return found
  throw new AppError(
    'usage',
    `${id} has no file ${ofProject ? 'of a project ' : ''}that can be written here`,
    {
      hint: `See haivemind client show ${id}.`,
    },
  )
}

function placeFile({ path }: { readonly path: string }, { env, cwd }: CliIo): string {
  if (path.startsWith('./')) return join(cwd, path)
  const home = env['HOME'] ?? ''
  if (home === '') throw new AppError('usage', 'HOME is not set, so the file of the client cannot be found')
  return join(home, path.slice(2))
}

/** @param isShown it is printed, so the token stays out */
function fillToken(file: FileJson, { env }: CliIo, isShown: boolean): Snippet {
  if (!file.text.includes(TOKEN_PLACE) || isShown) return file
  const token = env[TOKEN_VARIABLE] ?? ''
  if (/^[A-Za-z0-9_.~+/=-]{8,4096}$/.test(token))
    return { ...file, text: file.text.replaceAll(TOKEN_PLACE, token) }
  const why = token === '' ? 'is not set' : 'is no token'
  throw new AppError('usage', `this client keeps the token in its file, and ${TOKEN_VARIABLE} ${why}`, {
    hint: 'Make one that may call this server alone: haivemind token create; then set the variable.',
  })
}

async function carryOut(change: FileChange, entry: Entry, { args, print }: CommandContext): Promise<number> {
  const { path, before, after, backup } = change
  const isDry = args.flag('dry-run')
  if (!isDry) await applyChange(change)
  const shown = {
    client: entry.id,
    path,
    changed: before !== after,
    backup: backup.do === 'write' ? backup.path : null,
  }
  print.result({ ...shown, dry_run: isDry }, () => {
    if (isDry) {
      print.note(`${path} would change:`)
      for (const line of renderDifference(before ?? '', after ?? '')) print.line(line)
      return
    }
    print.note(`${path} ${after === null ? 'is removed: nothing else was in it' : 'is written'}`)
    if (shown.backup !== null) print.note(`before: ${shown.backup}`)
    for (const caution of entry.cautions) print.note(caution)
  })
  return 0
}

function showAll({ items, endpoint }: ClientListJson, print: Printer): number {
  print.result({ endpoint, clients: items }, () => {
    if (print.quiet) for (const { id } of items) print.line(id)
    else
      print.table(
        ['CLIENT', 'TITLE', 'WAYS', 'CANNOT WORK SINCE'],
        items.map((item) => [item.id, item.title, describeWays(item), item.disabled]),
      )
  })
  return 0
}

function describeWays({ links, commands, files, steps }: Entry): string {
  const ways = [
    ...(links.length > 0 ? ['link'] : []),
    ...(commands.length > 0 ? ['command'] : []),
    ...(files.length > 0 ? ['file'] : []),
  ]
  return ways.length === 0 && steps.length > 0 ? 'by hand' : ways.join(', ')
}

function showOne({ endpoint }: ClientListJson, entry: Entry, print: Printer): number {
  print.result({ endpoint, client: entry }, () => {
    if (entry.disabled !== null) print.warn(entry.disabled)
    for (const { label, href } of entry.links) print.line(`# ${label}\n${href}\n`)
    for (const { label, text } of entry.commands) print.line(`# ${label}\n${text}\n`)
    for (const { label, path, text } of entry.files) {
      print.line(`# ${label}${path === null ? '' : `: ${path}`}\n${text}`)
    }
    for (const step of entry.steps) print.line(step)
    for (const caution of entry.cautions) print.note(caution)
    print.note(`formats as of ${entry.checked_on}${entry.documented ? '' : ', not described by the vendor'}`)
  })
  return 0
}

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { OperationJson } from '../../api/schema/operation.ts'
import type { SecretRequestJson } from '../../api/schema/secret.ts'
import type { ServerJson } from '../../api/schema/server.ts'
import type { ToolListJson } from '../../api/schema/tool.ts'
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import { Secret } from '../../domain/secret.ts'
import type { Client } from '../client.ts'
import type { Arguments, Command, CommandContext } from '../command.ts'
import { followOperation } from '../follow-operation.ts'
import type { CliIo } from '../io.ts'
import { buildUpload } from '../multipart.ts'
import { openArchive } from '../open-archive.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { readSecret } from '../read-secret.ts'
import { openClient, serverPath } from '../servers.ts'
import { splitWords } from '../split-words.ts'

export const deploy: Command = {
  name: 'deploy',
  group: 'deploy',
  summary: 'deploy an archive or a directory',
  arguments: '<archive|directory>',
  takes: [1, 1],
  options: {
    name: { type: 'string', value: 'NAME', help: 'name of the server; a new version when it exists' },
    env: { type: 'string', value: 'K=V', multiple: true, help: 'environment variable' },
    secret: {
      type: 'string',
      value: 'KEY',
      multiple: true,
      help: 'secret; its value comes from the variable KEY, else it is asked for',
    },
    command: { type: 'string', value: 'WORDS', help: 'start command, as words or as a JSON array' },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'server_config.json to use beside the one in the archive',
    },
    wait: { type: 'boolean', help: 'show the stages and wait until it answers or failed' },
    approve: {
      type: 'string',
      value: 'REASON',
      help: 'for administrators: start it although its scan asks for a review',
    },
    expires: { type: 'string', value: 'TIME', help: 'archive it then: a time, or from now on such as 30d' },
    'no-start': { type: 'boolean', help: 'install the version, leave the server stopped' },
  },
  details:
    'Archives: zip, mcpb, tar, tar.gz, tar.zst, told apart by content. A directory is packed first, as haivemind pack\n' +
    'does. Settings of the command line win over those of the file, these over those in the archive. Without --wait\n' +
    'the command ends when the upload is accepted.',
  examples: [
    ['haivemind deploy ./weather --wait', 'a directory, until it answers'],
    ['haivemind deploy weather.zip --name weather --env UNITS=metric --wait', 'an archive with a setting'],
    [
      'haivemind deploy ./weather --command "python server.py --fast" --wait --json',
      'for scripts: one document',
    ],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const given = args.positionals[0] ?? ''
  const config = await readSettings(io, args)
  const secrets = await readSecrets(io, args)
  const archive = await openArchive(resolve(io.cwd, given), given, deploy, print)
  const client = await openClient(io)
  const accepted = await client.upload<OperationJson>('/servers', buildUpload(config, archive, secrets), {
    start: args.flag('no-start') ? 'false' : undefined,
    approve: args.text('approve'),
  })
  if (!args.flag('wait')) {
    print.result(accepted, () => {
      print.note('accepted; haivemind events -f shows what becomes of it, --wait waits for it')
      print.line(accepted.id)
    })
    return 0
  }
  const ended = await followOperation(client, accepted.id, print, io.interrupted).catch((error: unknown) => {
    if (io.interrupted.aborted) print.warn(`the deployment ${accepted.id} continues`)
    throw error
  })
  return await report(client, ended, print)
}

/** The file given by --config, then the flags over it. */
async function readSettings(io: CliIo, args: Arguments): Promise<JsonObject> {
  const file = args.text('config')
  const base = file === undefined ? {} : await readConfigFile(resolve(io.cwd, file))
  const name = args.text('name')
  const command = args.text('command')
  const expires = args.text('expires')
  const environment = Object.fromEntries(args.texts('env').map(parseVariable))
  const inherited = isJsonObject(base['environment']) ? base['environment'] : {}
  return {
    ...base,
    ...(name === undefined ? {} : { name }),
    ...(expires === undefined ? {} : { expires_at: expires }),
    ...(args.texts('secret').length === 0
      ? {}
      : { secrets: addSecrets(base['secrets'], args.texts('secret')) }),
    ...(command === undefined ? {} : { command: parseCommand(command) }),
    ...(Object.keys(environment).length === 0 ? {} : { environment: { ...inherited, ...environment } }),
  }
}

/** Those that the file does not name already. */
function addSecrets(declared: Json | undefined, keys: readonly string[]): readonly Json[] {
  const listed = Array.isArray(declared) ? (declared as readonly Json[]) : []
  const names = listed.map((entry) => (isJsonObject(entry) ? entry['name'] : entry))
  return [...listed, ...new Set(keys.filter((key) => !names.includes(key)))]
}

/** From the variable of that name; else typed, or the one that is left from standard input. */
async function readSecrets(io: CliIo, args: Arguments): Promise<readonly SecretRequestJson[]> {
  const keys = [...new Set(args.texts('secret'))]
  const asked = keys.filter((key) => (io.env[key] ?? '') === '')
  if (asked.length > 1 && io.stdin.isTTY !== true) {
    throw usage(deploy, `set the variables ${asked.join(', ')}: only one value can come on standard input`)
  }
  const secrets: SecretRequestJson[] = []
  for (const key of keys) {
    const given = io.env[key] ?? ''
    const value = given === '' ? await readSecret(io, key) : new Secret(given)
    secrets.push({ name: key, value_base64: value.revealBytes().toString('base64') })
  }
  return secrets
}

async function readConfigFile(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usage(deploy, `--config ${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usage(deploy, `--config ${path}: ${(error as Error).message}`)
  }
  if (!isJsonObject(value)) throw usage(deploy, `--config ${path}: expected a JSON object`)
  return value
}

function parseVariable(pair: string): [string, string] {
  const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(pair) ?? []
  if (key === undefined || value === undefined) throw usage(deploy, `--env "${pair}" is not NAME=VALUE`)
  return [key, value]
}

function parseCommand(text: string): string[] {
  const words = splitWords(text)
  if (words === null || words.length === 0) {
    throw usage(deploy, '--command takes words, quoted where they hold spaces, or a JSON array of strings')
  }
  return words
}

/** What `deploy --wait --json` prints. */
type DeployDocument = {
  readonly name: string
  readonly id: string | null
  readonly version: number | null
  readonly status: string
  readonly endpoint: string | null
  readonly tools: readonly string[]
  readonly stages: readonly {
    readonly stage: string
    readonly status: string
    readonly seconds: number | null
  }[]
  readonly verdict: OperationJson['verdict']
  readonly review: OperationJson['review']
  readonly error: OperationJson['error']
}

/** A server may have thousands. */
const SHOWN_TOOLS = 10

async function report(client: Client, ended: OperationJson, print: Printer): Promise<number> {
  const server: ServerJson | null = ended.server_detail
  const error = ended.error ?? describeHold(ended)
  const tools = server?.status === 'running' ? await listTools(client, server.name) : []
  const document: DeployDocument = {
    name: ended.name,
    id: ended.server_id,
    version: ended.version,
    status: server?.status ?? ended.status,
    endpoint: server?.endpoint ?? null,
    tools,
    stages: ended.stages.map(({ stage, status, seconds }) => ({ stage, status, seconds })),
    verdict: ended.verdict,
    review: ended.review,
    error,
  }
  print.result(document, () => {
    if (ended.error !== null) return
    if (ended.verdict === 'not_scanned') print.warn('this version was not scanned')
    for (const notice of server?.detection?.notices ?? []) print.warn(notice)
    const rest = tools.length > SHOWN_TOOLS ? `, … (${tools.length})` : ''
    const shown = tools.length === 0 ? '' : `; tools: ${tools.slice(0, SHOWN_TOOLS).join(', ')}${rest}`
    print.note(`${document.name} version ${document.version ?? '-'} is ${document.status}${shown}`)
    if (document.endpoint !== null) print.line(document.endpoint)
  })
  if (error === null) return 0
  throw renderFailure(ended, error, print)
}

/** It is there, and it does not start: to a script that waited for an answering server that is a failure. */
function describeHold({ name, version, review }: OperationJson): OperationJson['error'] {
  if (review?.state !== 'pending') return null
  return {
    code: 'approval_required',
    message: `version ${version ?? '-'} of "${name}" is held: its scan asks for a review`,
    hint: `Read haivemind findings ${name}; an administrator releases it with haivemind approve ${name} --reason ….`,
  }
}

/** Stage, cause, the last lines of its log, and where to read on. */
function renderFailure(
  ended: OperationJson,
  error: NonNullable<OperationJson['error']>,
  print: Printer,
): AppError {
  const failed = ended.stages.find((stage) => stage.status === 'failed')
  if (failed !== undefined && failed.log !== '' && !print.json) {
    const lines = failed.log.trimEnd().split('\n').slice(-50)
    print.note(`log of ${failed.stage}:`)
    for (const line of lines) print.note(`  ${line}`)
  }
  const stage = failed === undefined ? '' : `${failed.stage}: `
  return new AppError(error.code, `${stage}${error.message}`, {
    hint: error.hint,
    details: { ...error.details, operation_id: ended.id },
  })
}

async function listTools(client: Client, name: string): Promise<readonly string[]> {
  const { items } = await client.get<ToolListJson>(serverPath(name, '/tools'))
  return items.map((tool) => tool.name)
}

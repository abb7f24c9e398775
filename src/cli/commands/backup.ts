import { constants } from 'node:fs'
import { copyFile, mkdir, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BackupJson, BackupListJson } from '../../api/schema/backup.ts'
import { loadConfig } from '../../config/load.ts'
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import { isThere, syncDirectory } from '../../system/files.ts'
import { createToken } from '../../system/random.ts'
import type { Client } from '../client.ts'
import type { Command, CommandContext } from '../command.ts'
import { formatBytes } from '../humanise.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { openClient } from '../servers.ts'

const VERBS = ['create', 'verify', 'restore', 'list'] as const
const LOOK_MS = 200

export const backup: Command = {
  name: 'backup',
  group: 'platform',
  summary: 'make, check and restore backups of the whole platform',
  arguments: 'create [file] | verify <file> | restore <file> | list',
  takes: [1, 2],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
    'with-data': { type: 'boolean', help: 'create: with the data of the servers, as it is found' },
    to: { type: 'string', value: 'DIR', help: 'restore: into this folder instead of the configured ones' },
  },
  details:
    'A backup is one file: database, stored versions, settings, sealed secrets, audit log, configuration, and a\n' +
    'manifest with the hash of each. The key of the secrets is never in it: keep that apart. create asks the running\n' +
    'platform, or reads the data directory itself when there is none; restore works without a platform only, verifies\n' +
    'first, and writes over nothing. verify needs nothing but the file.',
  examples: [
    ['haivemind backup create', 'into data_dir/backups'],
    ['haivemind backup create /mnt/kept/today.tar.gz --with-data', 'elsewhere, with what servers stored'],
    ['haivemind backup verify /mnt/kept/today.tar.gz', 'is it whole?'],
    ['haivemind backup restore /mnt/kept/today.tar.gz', 'on an empty machine'],
  ],
  async run(context) {
    const [verb = '', file] = context.args.positionals
    if (verb === 'create') return await create(context, file)
    if (verb === 'list') return await list(context)
    if (verb !== 'verify' && verb !== 'restore') {
      const near = nearest(verb, VERBS)
      throw usage(backup, `backup has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (file === undefined) throw usage(backup, `backup ${verb} needs a file`)
    return verb === 'verify' ? await verify(context, file) : await restore(context, file)
  },
}

async function create(context: CommandContext, file: string | undefined): Promise<number> {
  const { io, args, print } = context
  const isRemote = (io.env['HAIVEMIND_URL'] ?? '') !== ''
  if (isRemote && file !== undefined) {
    throw usage(backup, 'a platform elsewhere keeps its backups there: leave the file out')
  }
  const target = file === undefined ? null : resolve(io.cwd, file)
  const withData = args.flag('with-data')
  if (target !== null) await assertFree(target)
  const made = await askDaemon(context, withData)
  if (made === null) {
    const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
    const { skipped, ...done } = await io.makeBackup(loaded, { file: target, withData })
    print.result({ ...done, skipped }, () => {
      print.note(`${done.path}: ${done.servers} servers, ${done.versions} versions`)
      for (const { path, why } of skipped) print.note(`left out: ${path}: ${why}`)
      tellKey(done.secrets, print)
    })
    return 0
  }
  if (target !== null) await move(made.path, target)
  const answer = { ...made, path: target ?? made.path }
  print.result(answer, () => print.note(`${answer.path} (${formatBytes(made.bytes ?? 0)})`))
  return 0
}

/** Null when no platform runs: then the data directory is nobody's. */
async function askDaemon({ io, args }: CommandContext, withData: boolean): Promise<BackupJson | null> {
  let client: Client
  let begun: BackupJson
  try {
    client = await openClient(io, args.text('config'))
    begun = await client.send<BackupJson>('POST', '/backups', { with_data: withData })
  } catch (error) {
    const isAway = error instanceof AppError && error.code === 'daemon_unreachable'
    if (isAway && (io.env['HAIVEMIND_URL'] ?? '') === '') return null
    throw error
  }
  for (;;) {
    const { items } = await client.get<BackupListJson>('/backups')
    const found = items.find(({ name }) => name === begun.name)
    if (found?.state === 'done') return found
    if (found?.state === 'failed') throw buildFailed(found)
    if (found === undefined) throw new AppError('backup_failed', 'The backup was cut short.')
    await sleep(LOOK_MS, undefined, { signal: io.interrupted })
  }
}

/** With the exit code and the hint of what ended it. */
function buildFailed({ error }: BackupJson): AppError {
  const { code, message, hint } = error ?? {
    code: 'backup_failed',
    message: 'it was not said why',
    hint: null,
  }
  return new AppError(code, `The backup failed: ${message}`, hint === null ? {} : { hint })
}

/** Before the platform works for it. */
async function assertFree(target: string): Promise<void> {
  if (await isThere(target)) {
    throw new AppError('conflict', `${target} is there already.`, { hint: 'Take another name.' })
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw buildNotMoved(`${dirname(target)} cannot be made`, error)
  })
}

/** Over file systems too, whole or not at all, and never over anything. */
async function move(from: string, to: string): Promise<void> {
  const half = join(dirname(to), `.${basename(to)}.${createToken(6)}.tmp`)
  try {
    await copyFile(from, half, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    const handle = await open(half, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (await isThere(to)) throw new Error(`${to} is there already`)
    await rename(half, to)
    await syncDirectory(dirname(to))
  } catch (error) {
    await unlink(half).catch(() => undefined)
    throw buildNotMoved(`The backup is at ${from}; it could not be moved`, error)
  }
  await unlink(from)
}

function buildNotMoved(what: string, error: unknown): AppError {
  const why = error instanceof Error ? error.message : String(error)
  return new AppError('conflict', `${what}: ${why}`, { hint: 'Name a place that can be written.' })
}

async function list({ io, args, print }: CommandContext): Promise<number> {
  const client = await openClient(io, args.text('config'))
  const answer = await client.get<BackupListJson>('/backups')
  print.result(answer, () => {
    const rows = answer.items.map(({ created_at, kind, state, bytes, path, error }) => [
      created_at,
      kind,
      state,
      bytes === null ? '' : formatBytes(bytes),
      error?.message ?? path,
    ])
    print.table(['MADE', 'KIND', 'STATE', 'SIZE', 'FILE'], rows)
  })
  return 0
}

async function verify({ io, print }: CommandContext, file: string): Promise<number> {
  const found = await io.verifyBackup(resolve(io.cwd, file))
  print.result({ ok: true, ...found }, () => {
    print.line(
      `the backup is whole: ${found.files} files, ${found.servers} servers, ${found.versions} versions`,
    )
    print.line(
      `of ${found.created_at}, by ${found.version}${found.scope === 'full' ? '' : '; records alone'}`,
    )
  })
  return 0
}

async function restore({ io, args, print }: CommandContext, file: string): Promise<number> {
  const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
  const to = args.text('to')
  const place = to === undefined ? null : resolve(io.cwd, to)
  const found = await io.restoreBackup(loaded, resolve(io.cwd, file), place)
  const dir = place ?? loaded.config.data_dir
  print.result({ data_dir: dir, ...found }, () => {
    print.note(`${found.servers} servers with ${found.versions} versions are in ${dir}`)
    if (found.scope === 'records') print.note('this backup holds no files of versions: deploy them again')
    if (!found.with_data) print.note('the data of the servers is not in this backup')
    print.note(`its configuration is in ${dir}/restored-config, and not in force`)
    tellKey(found.secrets, print)
  })
  return 0
}

type Secrets = { readonly count: number; readonly key_id: string } | null

function tellKey(secrets: Secrets, print: Printer): void {
  if (secrets === null || secrets.count === 0) return
  print.note(
    `${secrets.count} secrets need the key ${secrets.key_id}, which is in no backup: put it back before the start`,
  )
}

/** Where the platform is and how to prove who asks. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findDataDir } from '../config/raw-config.ts'
import { AppError } from '../domain/error.ts'
import { renderHost } from '../domain/host.ts'
import { ADDRESS_FILE, CLI_TOKEN_FILE } from '../domain/local-files.ts'
import { Secret } from '../domain/secret.ts'
import type { CliIo } from './io.ts'

export type Connection = { readonly url: URL; readonly token: Secret | null }

/**
 * HAIVEMIND_URL and HAIVEMIND_TOKEN, else what the daemon left in its data directory, else the configured address.
 * @param file configuration named on the command line
 */
export async function findConnection(io: CliIo, file?: string): Promise<Connection> {
  const given = io.env['HAIVEMIND_URL'] ?? ''
  const token = io.env['HAIVEMIND_TOKEN'] ?? ''
  if (given !== '') return { url: parseUrl(given), token: token === '' ? null : new Secret(token) }
  const folder = await findDataDir(file, io.env, io.cwd)
  const left = folder === null ? null : await readAddress(folder)
  const { url, dataDir } =
    left === null || folder === null ? await configured(io, file) : { url: left, dataDir: folder }
  return { url, token: token === '' ? await readLocalToken(dataDir) : new Secret(token) }
}

/** No daemon left its address. The rules of the configuration are loaded when they are needed: they are half of a start. */
async function configured(
  io: CliIo,
  file?: string,
): Promise<{ readonly url: URL; readonly dataDir: string }> {
  const { loadConfig } = await import('../config/load.ts')
  const { config } = await loadConfig(file, io.env, io.cwd)
  return { url: buildConfiguredUrl(config.dashboard), dataDir: config.data_dir }
}

async function readAddress(dataDir: string): Promise<URL | null> {
  const text = (await readLocalFile(join(dataDir, ADDRESS_FILE), 'address'))?.trim() ?? ''
  return URL.canParse(text) ? reachLocally(new URL(text)) : null
}

function buildConfiguredUrl({ host, port }: { readonly host: string; readonly port: number }): URL {
  if (port === 0) {
    throw new AppError('daemon_unreachable', 'the platform does not run: its data directory names no address')
  }
  return reachLocally(new URL(`http://${renderHost(host)}:${port}`))
}

/** An address that listens everywhere is reached over loopback. */
function reachLocally(url: URL): URL {
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return url
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError('usage', `HAIVEMIND_URL is not an http or https address: ${text}`, {
      hint: 'For example HAIVEMIND_URL=http://127.0.0.1:8910.',
    })
  }
  return url
}

async function readLocalToken(dataDir: string): Promise<Secret | null> {
  const text = await readLocalFile(join(dataDir, CLI_TOKEN_FILE), 'token')
  return text === null ? null : new Secret(text.trim())
}

/** Null when there is no such file: the request itself then tells whether the platform runs. */
function readLocalFile(path: string, what: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw new AppError('forbidden', `the local ${what} file cannot be read: ${error.message}`, {
      hint: 'Run the command as the user who runs the platform, or set HAIVEMIND_URL and HAIVEMIND_TOKEN.',
    })
  })
}

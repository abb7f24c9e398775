/** Where the platform is and how to prove who asks. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { AppError } from '../domain/error.ts'
import { Secret } from '../domain/secret.ts'
import type { CliIo } from './io.ts'

/** Written by the daemon at each start, mode 0600: whoever may read it is the owner of the data directory. */
const CLI_TOKEN_FILE = 'cli-token'

export type Connection = { readonly url: URL; readonly token: Secret | null }

/** HAIVEMIND_URL and HAIVEMIND_TOKEN, else the configured address and the local token file. */
export async function findConnection(io: CliIo): Promise<Connection> {
  const given = io.env['HAIVEMIND_URL'] ?? ''
  const token = io.env['HAIVEMIND_TOKEN'] ?? ''
  if (given !== '') return { url: parseUrl(given), token: token === '' ? null : new Secret(token) }
  const { config } = await loadConfig(undefined, io.env, io.cwd)
  const url = buildLocalUrl(config.dashboard.host, config.dashboard.port)
  return { url, token: token === '' ? await readLocalToken(config.data_dir) : new Secret(token) }
}

/** An address that listens everywhere is reached over loopback. */
function buildLocalUrl(host: string, port: number): URL {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return new URL(`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`)
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

/** Null when there is no such file: the request itself then tells whether the platform runs. */
async function readLocalToken(dataDir: string): Promise<Secret | null> {
  const path = join(dataDir, CLI_TOKEN_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new AppError('forbidden', `the local token file cannot be read: ${error.message}`, {
      hint: 'Run the command as the user who runs the platform, or set HAIVEMIND_TOKEN.',
    })
  })
  return text === null ? null : new Secret(text.trim())
}

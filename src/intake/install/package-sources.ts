/**
 * The operator's package sources, read anew for each install and rendered for the job: nothing is inherited, no
 * credential is passed in. Local directories and a CA file are bound read-only at the same path.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isThere } from '../../system/files.ts'
import type { JailBind, JailJob } from '../ports.ts'
import { parseNpmSources, type NpmSources } from './npm-sources.ts'
import { parsePipSources, type PipSources } from './pip-sources.ts'

/** What one installer gets. */
export type RenderedSources = {
  /** Options that must stand on the command line (npm's scopes have no variable). */
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly binds: readonly JailBind[]
  readonly reach: JailJob['reach']
  readonly credentialHosts: readonly string[]
  readonly notices: readonly string[]
}

type Environment = Readonly<Record<string, string>>

const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt'
const MAX_CONFIG_BYTES = 256 * 1024

export async function readNpmSources(environment: Environment): Promise<RenderedSources> {
  const home = environment['HOME']
  const files = await readAll([
    environment['npm_config_userconfig'] ?? (home === undefined ? null : join(home, '.npmrc')),
    environment['npm_config_globalconfig'] ?? null,
    '/usr/local/etc/npmrc',
    '/usr/etc/npmrc',
    '/etc/npmrc',
  ])
  const sources = parseNpmSources(environment, files)
  return renderNpmSources(sources, await findCa(sources.caFile))
}

export async function readPipSources(environment: Environment): Promise<RenderedSources> {
  const home = environment['HOME']
  const config = environment['XDG_CONFIG_HOME'] ?? (home === undefined ? undefined : join(home, '.config'))
  // pip's own switch: with /dev/null as the file, no other is read.
  const own = environment['PIP_CONFIG_FILE'] ?? null
  const files = await readAll(
    own === '/dev/null'
      ? []
      : [
          own,
          config === undefined ? null : join(config, 'pip/pip.conf'),
          home === undefined ? null : join(home, '.pip/pip.conf'),
          '/etc/pip.conf',
          '/etc/xdg/pip/pip.conf',
        ],
  )
  const sources = parsePipSources(environment, files)
  const missing: string[] = []
  for (const { directory } of sources.findLinks) {
    if (directory !== null && !(await isThere(directory))) missing.push(directory)
  }
  return renderPipSources(sources, await findCa(sources.caFile), missing)
}

type Ca = { readonly path: string | null; readonly missing: string | null }

async function findCa(configured: string | null): Promise<Ca> {
  if (configured !== null && (await isThere(configured))) return { path: configured, missing: null }
  return { path: (await isThere(SYSTEM_CA)) ? SYSTEM_CA : null, missing: configured }
}

export function renderNpmSources(sources: NpmSources, ca: Ca): RenderedSources {
  const { registry, scopes, options } = sources
  return {
    arguments: [
      `--registry=${registry.url}`,
      ...Object.entries(scopes).map(([scope, source]) => `--${scope}:registry=${source.url}`),
      ...Object.entries(options).map(([key, value]) => `--${key}=${value}`),
      ...(ca.path === null ? [] : [`--cafile=${ca.path}`]),
    ],
    environment: ca.path === null ? {} : { NODE_EXTRA_CA_CERTS: ca.path },
    binds: caBinds(ca),
    reach: [registry, ...Object.values(scopes)].flatMap((source) => source.reach),
    credentialHosts: sources.credentialHosts,
    notices: caNotices(ca),
  }
}

/** @param missing local find-links directories that do not exist here */
export function renderPipSources(sources: PipSources, ca: Ca, missing: readonly string[]): RenderedSources {
  const findLinks = sources.findLinks.filter(
    ({ directory }) => directory === null || !missing.includes(directory),
  )
  const extra = sources.extraIndexes.map((source) => source.url)
  const links = findLinks.map((source) => source.url)
  const remote = [...(sources.index === null ? [] : [sources.index]), ...sources.extraIndexes, ...findLinks]
  const local = remote.flatMap((source) => source.directory ?? [])
  const environment: Record<string, string> = { PIP_CONFIG_FILE: '/dev/null' }
  if (sources.index === null) {
    environment['PIP_NO_INDEX'] = '1'
    environment['UV_NO_INDEX'] = '1'
  } else {
    environment['PIP_INDEX_URL'] = sources.index.url
    environment['UV_DEFAULT_INDEX'] = sources.index.url
  }
  if (extra.length > 0) {
    environment['PIP_EXTRA_INDEX_URL'] = extra.join(' ')
    environment['UV_INDEX'] = extra.join(' ')
  }
  if (links.length > 0) {
    environment['PIP_FIND_LINKS'] = links.join(' ')
    environment['UV_FIND_LINKS'] = links.join(',')
  }
  if (sources.trustedHosts.length > 0) environment['PIP_TRUSTED_HOST'] = sources.trustedHosts.join(' ')
  if (sources.timeoutSeconds !== null) environment['PIP_DEFAULT_TIMEOUT'] = String(sources.timeoutSeconds)
  if (ca.path !== null) Object.assign(environment, { PIP_CERT: ca.path, SSL_CERT_FILE: ca.path })
  return {
    arguments: [],
    environment,
    binds: [...local.map((path) => ({ source: path, target: path, writable: false })), ...caBinds(ca)],
    reach: remote.flatMap((source) => source.reach),
    credentialHosts: sources.credentialHosts,
    notices: [
      ...missing.map(
        (path) => `The package directory ${path} of the pip configuration does not exist; it was left out`,
      ),
      ...caNotices(ca),
    ],
  }
}

/** The sandbox shows /etc/ssl as it is. */
function caBinds(ca: Ca): readonly JailBind[] {
  if (ca.path === null || ca.path.startsWith('/etc/ssl/')) return []
  return [{ source: ca.path, target: ca.path, writable: false }]
}

function caNotices(ca: Ca): readonly string[] {
  return ca.missing === null
    ? []
    : [`The configured CA file ${ca.missing} does not exist; the system's is used`]
}

async function readAll(paths: readonly (string | null)[]): Promise<readonly string[]> {
  const texts: string[] = []
  for (const path of paths) {
    if (path === null) continue
    const facts = await stat(path).catch(() => null)
    if (facts?.isFile() === true && facts.size <= MAX_CONFIG_BYTES) texts.push(await readFile(path, 'utf8'))
  }
  return texts
}

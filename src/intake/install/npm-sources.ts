/** Where npm packages come from, by the operator's own configuration. */
import { parseIni } from './ini.ts'
import { parseSourceUrl, type SourceUrl } from './source-url.ts'
import { PUBLIC_NPM_REGISTRY } from './public-sources.ts'

export type NpmSources = {
  readonly registry: SourceUrl
  /** '@scope' → registry. */
  readonly scopes: Readonly<Record<string, SourceUrl>>
  readonly caFile: string | null
  /** Further options as npm spells them, only those that concern the network. */
  readonly options: Readonly<Record<string, string>>
  /** Hosts that the operator has credentials for; jobs do not get them. */
  readonly credentialHosts: readonly string[]
}

const PASSED_ON = [
  'fetch-timeout',
  'fetch-retries',
  'fetch-retry-mintimeout',
  'fetch-retry-maxtimeout',
  'strict-ssl',
]

/**
 * @param environment the operator's; `npm_config_…` wins over the files
 * @param files contents of .npmrc files, the strongest first
 */
export function parseNpmSources(
  environment: Readonly<Record<string, string>>,
  files: readonly string[],
): NpmSources {
  const settings = new Map<string, string>()
  for (const file of files.toReversed()) {
    for (const [key, value] of parseIni(file).get('') ?? []) settings.set(key, expand(value, environment))
  }
  for (const [name, value] of Object.entries(environment)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1]
    if (key !== undefined && value !== '') settings.set(key.toLowerCase().replaceAll('_', '-'), value)
  }
  const registryOf = (text: string) => {
    const source = parseSourceUrl(text)
    return source?.directory === null ? source : null
  }
  const scopes: Record<string, SourceUrl> = {}
  const credentialHosts = new Set<string>()
  for (const [key, value] of settings) {
    const scope = /^(@[A-Za-z0-9._~-]+):registry$/.exec(key)?.[1]
    const registry = scope === undefined ? null : registryOf(value)
    if (scope !== undefined && registry !== null) scopes[scope] = registry
    const host = /^\/\/([^/:]+).*:(?:_auth|_authToken|_password|username|certfile)$/.exec(key)?.[1]
    if (host !== undefined) credentialHosts.add(host)
  }
  const registry = registryOf(settings.get('registry') ?? '') ?? registryOf(PUBLIC_NPM_REGISTRY)
  if (registry === null) throw new Error('the default registry is no address')
  for (const source of [registry, ...Object.values(scopes)]) {
    if (source.hadCredentials) credentialHosts.add(new URL(source.url).hostname)
  }
  return {
    registry,
    scopes,
    caFile:
      settings.get('cafile') ?? environment['NODE_EXTRA_CA_CERTS'] ?? environment['SSL_CERT_FILE'] ?? null,
    options: Object.fromEntries(
      PASSED_ON.flatMap((key) => {
        const value = settings.get(key)
        return value === undefined ? [] : [[key, value]]
      }),
    ),
    credentialHosts: [...credentialHosts],
  }
}

function expand(value: string, environment: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => environment[name] ?? whole)
}

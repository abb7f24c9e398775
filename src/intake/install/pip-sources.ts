/** Where Python packages come from, by the operator's own configuration of pip and uv. */
import { parseIni } from './ini.ts'
import { parseSourceUrl, type SourceUrl } from './source-url.ts'
import { PUBLIC_PYTHON_INDEX } from './public-sources.ts'

export type PipSources = {
  /** Null: no index, only find-links. */
  readonly index: SourceUrl | null
  readonly extraIndexes: readonly SourceUrl[]
  readonly findLinks: readonly SourceUrl[]
  readonly trustedHosts: readonly string[]
  readonly timeoutSeconds: number | null
  readonly caFile: string | null
  readonly credentialHosts: readonly string[]
}

/**
 * @param environment the operator's; `PIP_…` wins over the files, and uv's variables over pip's
 * @param files contents of pip.conf files, the strongest first
 */
export function parsePipSources(
  environment: Readonly<Record<string, string>>,
  files: readonly string[],
): PipSources {
  const settings = new Map<string, string>()
  for (const file of files.toReversed()) {
    const sections = parseIni(file)
    for (const section of ['global', 'install']) {
      for (const [key, value] of sections.get(section) ?? []) settings.set(key.replaceAll('_', '-'), value)
    }
  }
  for (const [name, value] of Object.entries(environment)) {
    const key = /^PIP_([A-Z_]+)$/.exec(name)?.[1]
    if (key !== undefined && value !== '') settings.set(key.toLowerCase().replaceAll('_', '-'), value)
  }
  const list = (...texts: (string | undefined)[]) =>
    texts
      .flatMap((text) => (text ?? '').split(/[\s,]+/))
      .filter((word) => word !== '')
      .flatMap((word) => parseSourceUrl(word) ?? [])
  const noIndex = /^(?:1|true|yes|on)$/i.test(settings.get('no-index') ?? '')
  const uvIndex = environment['UV_DEFAULT_INDEX'] ?? environment['UV_INDEX_URL']
  const [index = null] = noIndex ? [] : list(uvIndex ?? settings.get('index-url') ?? PUBLIC_PYTHON_INDEX)
  const extraIndexes = noIndex
    ? []
    : list(settings.get('extra-index-url'), environment['UV_EXTRA_INDEX_URL'], environment['UV_INDEX'])
  const findLinks = list(settings.get('find-links'), environment['UV_FIND_LINKS'])
  const timeout = Number(settings.get('timeout') ?? settings.get('default-timeout') ?? Number.NaN)
  const credentialed = [index, ...extraIndexes, ...findLinks].filter(
    (source) => source?.hadCredentials === true,
  )
  return {
    index,
    extraIndexes,
    findLinks,
    trustedHosts: (settings.get('trusted-host') ?? '').split(/\s+/).filter((host) => host !== ''),
    timeoutSeconds: Number.isFinite(timeout) && timeout > 0 ? Math.min(timeout, 600) : null,
    caFile: settings.get('cert') ?? environment['REQUESTS_CA_BUNDLE'] ?? environment['SSL_CERT_FILE'] ?? null,
    credentialHosts: credentialed.map((source) => new URL(source?.url ?? '').hostname),
  }
}

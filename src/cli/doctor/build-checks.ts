/** The checks that compare what the command line, the configuration and the platform say. Pure. */
import type { LoadedConfig } from '../../config/load.ts'
import type { HostCheck } from '../../domain/host-check.ts'
import type { Daemon } from './ask-daemon.ts'

const OLDEST_NODE = 24
const ARCHITECTURES = ['x64', 'arm64']
const MAX_SKEW_SECONDS = 60
/** Authorities renew 30 days before the end; at 14 something is amiss. */
const SOON_DAYS = 14
const DAY_MS = 86_400_000

export function checkNode(version: string, architecture: string): HostCheck {
  const base = { id: 'node', area: 'daemon' }
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0)
  const found = `Node ${version} on ${architecture}`
  if (major < OLDEST_NODE) {
    const why = `${found}: the platform needs ${OLDEST_NODE} or newer`
    return { ...base, status: 'fail', found: why, fix: 'Install Node 26, or run script/prepare in a clone.' }
  }
  if (ARCHITECTURES.includes(architecture)) return { ...base, status: 'ok', found, fix: null }
  const why = `${found}: the system-call filter is made for ${ARCHITECTURES.join(' and ')} alone`
  return { ...base, status: 'warn', found: why, fix: 'Run the platform on one of these.' }
}

export function checkDaemon(daemon: Pick<Daemon, 'address'> | null): HostCheck {
  const base = { id: 'daemon', area: 'daemon' }
  if (daemon !== null) return { ...base, status: 'ok', found: `answers at ${daemon.address}`, fix: null }
  return { ...base, status: 'warn', found: 'the platform is not running', fix: 'haivemind serve' }
}

export function checkVersions(own: string, { version }: Pick<Daemon, 'version'>): HostCheck {
  const base = { id: 'version', area: 'daemon' }
  if (own === version) return { ...base, status: 'ok', found: `both are of version ${own}`, fix: null }
  const found = `the platform runs version ${version}, this command is of ${own}`
  const fix = 'Restart the platform; with SIGUSR2 it leaves its servers to the next one.'
  return { ...base, status: 'warn', found, fix }
}

export function checkSkew({ skewSeconds }: Pick<Daemon, 'skewSeconds'>): HostCheck {
  const base = { id: 'clock', area: 'daemon' }
  const seconds = Math.round(Math.abs(skewSeconds))
  if (seconds <= MAX_SKEW_SECONDS) return { ...base, status: 'ok', found: 'the clocks agree', fix: null }
  const found = `the clock of the platform is ${seconds} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} this one`
  const fix = 'Let both machines keep the time, for example with systemd-timesyncd.'
  return { ...base, status: 'warn', found, fix }
}

/** @param owner who listens on the port that the platform would take; null: nobody */
export function checkPort(
  port: number,
  owner: { readonly pid: number; readonly name: string } | null,
): HostCheck {
  const base = { id: 'port', area: 'daemon' }
  if (owner === null) return { ...base, status: 'ok', found: `port ${port} is free`, fix: null }
  const found = `port ${port} is taken by ${owner.name} (pid ${owner.pid})`
  return {
    ...base,
    status: 'fail',
    found,
    fix: `End pid ${owner.pid}, or set dashboard.port to another port.`,
  }
}

export function checkConfiguration({
  file,
  warnings,
}: Pick<LoadedConfig, 'file' | 'warnings'>): readonly HostCheck[] {
  const base = { id: 'configuration', area: 'configuration' }
  if (warnings.length === 0)
    return [{ ...base, status: 'ok', found: file ?? 'no file: the defaults hold', fix: null }]
  return warnings.map((found) => ({ ...base, status: 'warn', found, fix: 'Correct or remove the key.' }))
}

export function buildUnusable(reason: string): HostCheck {
  const fix = 'Correct it. A platform that runs goes on with what it had.'
  return { id: 'configuration', area: 'configuration', status: 'fail', found: reason, fix }
}

type Dashboard = LoadedConfig['config']['dashboard']

export function checkExposure({
  host,
  port,
  public_url: url,
  trusted_proxies: proxies,
}: Dashboard): HostCheck {
  const base = { id: 'exposure', area: 'configuration' }
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) {
    return { ...base, status: 'ok', found: 'only this machine can reach the platform', fix: null }
  }
  if (url?.startsWith('https:') === true && proxies.length > 0) {
    const found = 'other machines reach the platform through a proxy with TLS'
    return { ...base, status: 'ok', found, fix: null }
  }
  const found = `other machines can reach ${host}:${port} without TLS: tokens can be read on the way`
  const fix =
    'Listen on 127.0.0.1 behind a proxy with TLS; set dashboard.public_url and dashboard.trusted_proxies.'
  return { ...base, status: 'warn', found, fix }
}

/** @param problem why the public address did not answer as the platform; null: it did */
export function checkPublicUrl(url: string, problem: string | null): HostCheck {
  const base = { id: 'public_url', area: 'configuration' }
  if (problem === null) return { ...base, status: 'ok', found: `${url} leads to the platform`, fix: null }
  const found = `${url} does not lead to the platform from here: ${problem}`
  return {
    ...base,
    status: 'warn',
    found,
    fix: 'Correct dashboard.public_url, its name in DNS, or the proxy in front.',
  }
}

export function checkCertificate(validTo: number, now: number): HostCheck {
  const base = { id: 'certificate', area: 'configuration' }
  const days = Math.floor((validTo - now) / DAY_MS)
  const found =
    days < 0 ? `the certificate ended ${-days} days ago` : `the certificate is valid for ${days} days`
  if (days >= SOON_DAYS) return { ...base, status: 'ok', found, fix: null }
  const status = days < 0 ? 'fail' : 'warn'
  return { ...base, status, found, fix: 'Renew the certificate of the proxy in front.' }
}

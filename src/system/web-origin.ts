/** Host and Origin, checked before anything else on every path: the guard against DNS rebinding (R150, R151). */
import { AppError } from '../domain/error.ts'
import { renderHost } from '../domain/host.ts'

export type OriginRules = {
  /** The bind address as configured. */
  readonly host: string
  readonly port: number
  /** For example https://mcp.example.org; its host and origin are served too. */
  readonly publicUrl?: string
  /** Further origins that may call from a browser; browsers send them without the slash that people write. */
  readonly allowedOrigins?: readonly string[]
}

export interface OriginCheck {
  /** The error to answer with, or null. An absent Origin is no browser; an absent Host is not HTTP/1.1. */
  find(host: string | undefined, origin: string | undefined): AppError | null
  /** The address of the platform for clients that use this Host, which `find` let through; no slash at the end. */
  baseOf(host: string | undefined): string
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

export function createOriginCheck(rules: OriginRules): OriginCheck {
  const hosts = new Set<string>()
  const origins = new Set<string>(
    rules.allowedOrigins?.map((origin) => origin.replace(/\/$/, '').toLowerCase()),
  )
  for (const name of listNames(rules.host)) {
    hosts.add(`${name}:${rules.port}`)
    origins.add(`http://${name}:${rules.port}`)
    if (rules.port === 80) hosts.add(name)
    if (rules.port === 80) origins.add(`http://${name}`)
  }
  if (rules.publicUrl !== undefined) {
    const { host, origin } = new URL(rules.publicUrl)
    hosts.add(host)
    origins.add(origin)
  }
  return {
    find(host, origin) {
      if (host === undefined || !(hosts.has(host) || hosts.has(host.toLowerCase()))) {
        return new AppError('host_refused', `The host ${show(host)} is not served here.`)
      }
      if (origin === undefined || origins.has(origin.toLowerCase())) return null
      return new AppError('origin_refused', `Pages of ${show(origin)} may not call this platform.`)
    },
    baseOf(host) {
      const publicUrl = rules.publicUrl?.replace(/\/$/, '')
      if (publicUrl !== undefined && new URL(publicUrl).host === host?.toLowerCase()) return publicUrl
      return `http://${host?.toLowerCase() ?? `${renderHost(rules.host)}:${rules.port}`}`
    },
  }
}

/** A wildcard bind is reached by names we cannot know: only loopback and `publicUrl` are answered there. */
function listNames(host: string): readonly string[] {
  const name = renderHost(host)
  const isWildcard = name === '0.0.0.0' || name === '[::]'
  if (isWildcard || LOOPBACK_NAMES.includes(name)) return LOOPBACK_NAMES
  return [name.toLowerCase()]
}

function show(value: string | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value.slice(0, 100))
}

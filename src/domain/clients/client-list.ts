/** Every client that is known, and whether it can work with where the platform is reached. */
import { isDeniedAddress } from '../address-rules.ts'
import type { ClientEntry, ConnectTarget } from './client.ts'
import { COMMAND_CLIENTS } from './command-clients.ts'
import { FILE_CLIENTS } from './file-clients.ts'
import { LINK_CLIENTS } from './link-clients.ts'

const byTitle = (a: ClientEntry, b: ClientEntry) => a.title.localeCompare(b.title, 'en')

/** Those that are asked for most first; the last one is for all others. */
const FIRST = [
  'claude-code',
  'cursor',
  'vscode',
  'claude',
  'claude-desktop',
  'chatgpt',
  'codex',
  'gemini-cli',
]

const ALL = [...LINK_CLIENTS, ...COMMAND_CLIENTS, ...FILE_CLIENTS]

export const CLIENTS: readonly ClientEntry[] = [
  ...FIRST.flatMap((id) => ALL.filter((client) => client.id === id)),
  ...ALL.filter(({ id }) => !FIRST.includes(id) && id !== 'other').toSorted(byTitle),
  ...ALL.filter(({ id }) => id === 'other'),
]

/** Where a URL can be reached from. */
export type Reach = 'loopback' | 'private' | 'public'

/** By the name alone: nothing is resolved. A name without a dot, or of a zone that no public server has, is private. */
export function findReach(url: string): Reach {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const isAddress = /^[0-9.]+$/.test(host) || host.includes(':')
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback'
  if (!isAddress) return host.includes('.') && !PRIVATE_ZONE.test(host) ? 'public' : 'private'
  const denied = isDeniedAddress(host)
  if (denied === null) return 'public'
  return denied === 'loopback' ? 'loopback' : 'private'
}

/** RFC 6761, 6762, 8375, 9476 and what ICANN set aside. */
const PRIVATE_ZONE = /\.(?:local|internal|intranet|lan|home|corp|test|invalid|example|alt|home\.arpa|onion)$/

/** Why this client cannot work with the URL as it is, and what would help; null when it can. */
export function findObstacle({ title, from, token }: ClientEntry, target: ConnectTarget): string | null {
  const reach = findReach(target.url)
  if (from === 'vendor') {
    const who = `${title} connects from its vendor’s network`
    if (reach === 'loopback')
      return `${who}, and ${hostOf(target)} is reached from this machine only. Set dashboard.public_url to a public https address.`
    if (reach === 'private')
      return `${who}, and ${hostOf(target)} is not reached from there. Set dashboard.public_url to a public https address.`
    if (!target.url.startsWith('https:'))
      return `${title} takes https with a trusted certificate only. Set dashboard.public_url to an https address.`
  }
  if (token === 'sign_in' && !target.canSignIn) {
    return from === 'vendor'
      ? `${title} has no field for a token: it signs in by OAuth, and no issuer is configured (security.oauth).`
      : `The link of ${title} carries no token, so it signs in by OAuth, and no issuer is configured (security.oauth).`
  }
  return null
}

/** What is worth knowing where nothing is in the way. */
export function findCaution(
  { from, token, isDocumented }: ClientEntry,
  target: ConnectTarget,
): readonly string[] {
  const reach = findReach(target.url)
  return [
    ...(from === 'machine' && reach === 'loopback'
      ? ['The URL is reached from the machine of the platform only.']
      : []),
    ...(from === 'machine' && reach !== 'loopback' && target.url.startsWith('http:')
      ? ['Over plain http the token can be read on the way.']
      : []),
    ...(token === 'paste'
      ? ['The token itself stands in its file: take one that expires and may little.']
      : []),
    ...(isDocumented ? [] : ['This format was seen in use; its vendor does not describe it.']),
  ]
}

function hostOf({ url }: ConnectTarget): string {
  return new URL(url).host
}

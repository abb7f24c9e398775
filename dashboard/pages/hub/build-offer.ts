/** What clients of the hub get to see, of the tools as they were seen last. */
import type { ServerJson } from '../../../src/api/schema/server.ts'
import type { ToolStateJson } from '../../../src/api/schema/tool.ts'

export type Offered = {
  readonly name: string
  readonly server: string
  readonly tokens: number
  /** What clients cannot take as it is; only the hub knows the digest at its end. */
  readonly isShortened: boolean
  /** How many other servers have a tool of this name. */
  readonly twins: number
}

const MAX_NAME = 128
const PLAIN = /^[A-Za-z0-9_.-]+$/
/** Of JSON in English; a rule of thumb, and shown as one. */
const BYTES_PER_TOKEN = 4

/** A server that a client of the hub can reach: it runs, or a call starts it. */
export function isReachable({ status, idle }: Pick<ServerJson, 'status' | 'idle'>): boolean {
  return status === 'running' || (status === 'stopped' && idle)
}

export function buildOffer(
  servers: readonly { readonly name: string; readonly tools: readonly ToolStateJson[] }[],
): readonly Offered[] {
  const owners = new Map<string, number>()
  const offered = servers.map(({ name: server, tools }) => ({
    server,
    tools: tools.filter(({ hidden, change }) => !hidden && change !== 'removed'),
  }))
  for (const { tools } of offered) {
    for (const name of new Set(tools.map((tool) => tool.name))) owners.set(name, (owners.get(name) ?? 0) + 1)
  }
  return offered.flatMap(({ server, tools }) =>
    tools.map(({ name, definition }) => {
      const whole = `${server}__${name}`
      const isShortened = whole.length > MAX_NAME || !PLAIN.test(whole)
      return {
        name: isShortened ? `${cut(server, name)}_…` : whole,
        server,
        tokens: estimateTokens({ ...definition, name: whole }),
        isShortened,
        twins: (owners.get(name) ?? 1) - 1,
      }
    }),
  )
}

function cut(server: string, name: string): string {
  return `${server}__${name.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}`.slice(0, MAX_NAME - 13)
}

function estimateTokens(definition: Readonly<Record<string, unknown>>): number {
  return Math.ceil(new TextEncoder().encode(JSON.stringify(definition)).length / BYTES_PER_TOKEN)
}

/** The choice as it stands in the address; empty: all. */
export function parseChoice(text: string): readonly string[] {
  return [...new Set(text.split(',').filter((name) => /^[a-z][a-z0-9-]{0,62}$/.test(name)))].toSorted()
}

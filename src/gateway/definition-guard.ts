/**
 * Keeps what a server says of itself to what is known of it. Lists are looked at as they pass, and all of them once
 * for each connection and after each list_changed; until a server of which nothing is known has been looked at, and
 * one that is held strictly has been compared, its callers wait.
 */
import type { Clock } from '../domain/clock.ts'
import {
  buildDefinition,
  buildInstructions,
  type Definition,
  type DefinitionKind,
} from '../domain/definition.ts'
import { AppError } from '../domain/error.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Logger } from '../system/log.ts'
import type { Outcome } from './call.ts'
import type { Lane } from './lane.ts'
import { listItems } from './list-tools.ts'
import type { HeldDefinitions, UpstreamConnection } from './ports.ts'

export interface DefinitionGuard {
  /** The connection as clients may see it: instructions that are kept back are not there. */
  cover(connection: UpstreamConnection): UpstreamConnection
  screen(method: string, outcome: Outcome): Outcome
  /** Why this call may not be made; null almost always. */
  refuse(method: string, params: JsonObject | undefined): AppError | null
  /** Looks at a new connection. `release` is called when callers need not wait any longer. Never rejects. */
  begin(connection: UpstreamConnection, lane: Pick<Lane, 'request'>, release: () => void): Promise<void>
  /** Looks again at the connection that was begun last: its server says that a list changed. */
  look(): void
  /** Nobody asks any more: what is just being looked at is of no concern. */
  close(): void
}

type Listed = {
  readonly kind: Exclude<DefinitionKind, 'instructions'>
  readonly member: string
  readonly capability: string
}
const LISTS: ReadonlyMap<string, Listed> = new Map([
  ['tools/list', { kind: 'tool', member: 'tools', capability: 'tools' }],
  ['prompts/list', { kind: 'prompt', member: 'prompts', capability: 'prompts' }],
  [
    'resources/templates/list',
    { kind: 'resource_template', member: 'resourceTemplates', capability: 'resources' },
  ],
])

/** Callers wait no longer than this for a server that does not answer. */
const LOOK_MS = 30_000
/** A server that announces changes without end is looked at this often. */
const PAUSE_MS = 1000
/** Of all definitions together; beyond any real server, since it is kept in the database. */
const MAX_CHARACTERS = 8 * 1024 * 1024

export function createDefinitionGuard(
  held: HeldDefinitions,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly serverId: string },
): DefinitionGuard {
  let current: { readonly connection: UpstreamConnection; readonly lane: Pick<Lane, 'request'> } | null = null
  let looking = false
  let again = false
  let closed = false

  const examine = async () => {
    if (current === null || closed) return
    const deadline = new AbortController()
    const cancel = deps.clock.after(LOOK_MS, () => deadline.abort())
    try {
      await held.decide(await listDefinitions(current.connection, current.lane, deadline.signal))
    } catch (err) {
      if (closed) return
      deps.logger.warn('the definitions of a server could not be read', { err, server_id: deps.serverId })
      // Held strictly, nothing of it is passed on meanwhile.
      if (held.mode === 'block') deps.clock.after(LOOK_MS, look)
    } finally {
      cancel()
    }
  }

  const look = () => {
    if (held.mode === 'off' || closed) return
    again = true
    if (looking) return
    looking = true
    const round = async () => {
      again = false
      await examine()
      deps.clock.after(PAUSE_MS, () => {
        if (again) void round()
        else looking = false
      })
    }
    void round()
  }

  return {
    cover(connection) {
      const { instructions: own, ...without } = connection.initializeResult
      if (own === undefined) return connection
      return {
        ...connection,
        get initializeResult() {
          return held.isWithheld('instructions', 'instructions') ? without : connection.initializeResult
        },
      }
    },
    screen(method, outcome) {
      const list = outcome.kind === 'result' ? LISTS.get(method) : undefined
      if (list === undefined || outcome.kind !== 'result') return outcome
      const items = outcome.result[list.member]
      if (!Array.isArray(items)) return outcome
      const objects = items.filter(isJsonObject)
      const definitions = objects.map((item) => buildDefinition(list.kind, item))
      const accepted = held.mode === 'off' ? definitions.map(() => true) : held.screen(definitions)
      const passes = definitions.map(
        ({ kind, name }, at) => accepted[at] === true && !(kind === 'tool' && held.isDisabled(name)),
      )
      if (objects.length === items.length && passes.every(Boolean)) return outcome
      const kept = objects.filter((_, at) => passes[at])
      return { kind: 'result', result: { ...outcome.result, [list.member]: kept } }
    },
    refuse(method, params) {
      const kind = method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : null
      const name = params?.['name']
      if (kind === null || typeof name !== 'string') return null
      if (kind === 'tool' && held.isDisabled(name)) {
        return new AppError('tool_disabled', `The tool ${name.slice(0, 128)} is switched off.`, {
          details: { tool: name.slice(0, 128) },
        })
      }
      if (!held.isWithheld(kind, name)) return null
      return new AppError(
        'tool_definition_changed',
        `The definition of the ${kind} ${name.slice(0, 128)} is not known to be the one that was accepted.`,
        { details: { kind, name: name.slice(0, 128) } },
      )
    },
    async begin(connection, lane, release) {
      current = { connection, lane }
      try {
        await held.load()
      } catch (err) {
        deps.logger.error('what a server is held to could not be read', { err, server_id: deps.serverId })
      }
      if (held.mode === 'off') return release()
      // These are there already: whether it lists the others, and when, is the server's choice.
      const instructions = buildInstructions(connection.initializeResult)
      if (instructions !== null && held.mode === 'block') held.screen([instructions])
      if (held.mode === 'warn') release()
      await examine()
      release()
    },
    look,
    close: () => void (closed = true),
  }
}

/** A list that the server does not know, or refuses, is an empty one: what it holds later was added. */
async function listDefinitions(
  { initializeResult }: UpstreamConnection,
  lane: Pick<Lane, 'request'>,
  signal: AbortSignal,
): Promise<readonly Definition[]> {
  const asker = {
    principalId: 'platform',
    protocolVersion: 'internal',
    unrecorded: true,
    unscreened: true,
    signal,
  } as const
  const capabilities = isJsonObject(initializeResult['capabilities']) ? initializeResult['capabilities'] : {}
  const instructions = buildInstructions(initializeResult)
  const found: Definition[] = instructions === null ? [] : [instructions]
  for (const [method, { kind, member, capability }] of LISTS) {
    if (capabilities[capability] === undefined) continue
    const items = await listItems(lane, method, member, asker).catch((error: unknown) => {
      if (error instanceof AppError && error.details?.['rpc_code'] !== undefined) return []
      throw error
    })
    found.push(...items.map((item) => buildDefinition(kind, item)))
  }
  const size = found.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0)
  if (size > MAX_CHARACTERS) throw new AppError('server_error', 'It defines more than can be kept.')
  return found
}

/** The talk of a dry run: the handshake and the lists that a client would ask for first. */
import type { Clock } from '../../domain/clock.ts'
import { buildDefinition, buildInstructions, type Definition } from '../../domain/definition.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { createConnection, type Connection } from '../instance/connection.ts'
import { startGreeting } from '../instance/greet.ts'
import type { Initialized } from '../instance/handshake.ts'
import { createModernConnection } from '../instance/modern/modern-connection.ts'
import type { Instance } from '../ports.ts'

export type Talk = {
  readonly outcome: 'answered' | 'refused' | 'exited' | 'silent'
  readonly detail: string | null
  readonly definitions: readonly Definition[]
  /** Its answers and what else it wrote to standard output, cut. */
  readonly said: string
}

type End = Pick<Talk, 'outcome' | 'detail'>

const LISTS = [
  { method: 'tools/list', member: 'tools', kind: 'tool', capability: 'tools' },
  { method: 'prompts/list', member: 'prompts', kind: 'prompt', capability: 'prompts' },
  {
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    kind: 'resource_template',
    capability: 'resources',
  },
] as const

const MAX_PAGES = 20
const MAX_SAID = 4 * 1024 * 1024
/** Between a pipe that breaks and the end that broke it. */
const ENDING_MS = 1000

export async function converse(
  instance: Instance,
  deps: { readonly clock: Clock; readonly platformVersion: string },
  seconds: number,
  signal: AbortSignal,
): Promise<Talk> {
  let said = ''
  const hear = (text: string) => {
    if (said.length < MAX_SAID) said += `${text}\n`
  }
  const over = Promise.withResolvers<End>()
  let isBroken = false
  const connection = createConnection({
    server: 'dry run',
    daemonGeneration: 1,
    stdin: instance.stdin,
    stdout: instance.stdout,
    adopted: false,
    redactor: null,
    onNoise: hear,
    onBroken: (detail) => {
      isBroken = true
      over.resolve({ outcome: 'refused', detail })
    },
    onDefect: (error) => over.reject(error),
  })
  const cancel = deps.clock.after(seconds * 1000, () =>
    over.resolve({ outcome: 'silent', detail: `It did not answer within ${seconds} s.` }),
  )
  const onAbort = () => over.resolve({ outcome: 'silent', detail: 'The dry run was cut short.' })
  signal.addEventListener('abort', onAbort, { once: true })
  void instance.ended.then(({ detail }) => over.resolve({ outcome: 'exited', detail }))
  const found: Definition[] = []
  const ask = async () => {
    const initialized = await shakeHands(connection, deps.platformVersion)
    if (typeof initialized === 'string') return { outcome: 'refused', detail: initialized } as const
    hear(JSON.stringify(initialized.result))
    const instructions = buildInstructions(initialized.result)
    if (instructions !== null) found.push(instructions)
    const { capabilities } = initialized.result
    const asked =
      initialized.era === 'legacy'
        ? connection
        : createModernConnection(connection, { ...deps, capabilities: {}, pings: false })
    for (const list of LISTS) {
      if (!isJsonObject(capabilities) || capabilities[list.capability] === undefined) continue
      for await (const result of listPages(asked, list.method)) {
        hear(JSON.stringify(result))
        const items = Array.isArray(result[list.member]) ? (result[list.member] as readonly unknown[]) : []
        found.push(...items.filter(isJsonObject).map((item) => buildDefinition(list.kind, item)))
      }
    }
    return { outcome: 'answered', detail: null } as const
  }
  try {
    const end = await Promise.race([ask(), over.promise])
    const told = isBroken && end.outcome === 'refused' ? await findCause(instance, deps.clock, end) : end
    return { ...told, definitions: found, said }
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

/** One that ends breaks its pipes first: then its end is what there is to tell. */
async function findCause(instance: Instance, clock: Clock, end: End): Promise<End> {
  const waited = Promise.withResolvers<End>()
  const cancel = clock.after(ENDING_MS, () => waited.resolve(end))
  try {
    const exited = instance.ended.then(({ detail }): End => ({ outcome: 'exited', detail }))
    return await Promise.race([exited, waited.promise])
  } finally {
    cancel()
  }
}

function shakeHands(connection: Connection, platformVersion: string): Promise<Initialized | string> {
  return new Promise((resolve) => {
    // What it speaks is not known before its first run: one that knows no initialize is asked in the newer way.
    const greeting = { platformVersion, era: 'legacy', capabilities: '', isTrial: true } as const
    startGreeting(connection, greeting, { onReady: resolve, onRefused: resolve })
  })
}

/** Ends at an error, at the last page, or when there are too many. */
async function* listPages(connection: Connection, method: string): AsyncGenerator<JsonObject> {
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? undefined : { cursor }
    const result = await new Promise<unknown>((resolve) => {
      connection.request(method, params, {
        onResponse: (message) => resolve(message['result']),
        onLost: () => resolve(null),
      })
    })
    if (!isJsonObject(result)) return
    yield result
    const next = result['nextCursor']
    if (typeof next !== 'string' || next === '' || next === cursor) return
    cursor = next
  }
}

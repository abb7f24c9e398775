/** Secrets of a server: set, listed by what may be told of them, removed. Values go in and never come out. */
import { AppError } from '../domain/error.ts'
import { waitsForSecret } from '../domain/exit-class.ts'
import type { ServerId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import { nearest } from '../domain/nearest.ts'
import {
  describeRefusedSecret,
  listMissing,
  MAX_SECRETS,
  type SecretDelivery,
} from '../domain/secret-declaration.ts'
import { describeRefusedVariable } from '../domain/environment-variable.ts'
import type { Secret } from '../domain/secret.ts'
import type { Server, ServerConfig } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import type { NewSecret, SecretFacts } from './ports.ts'
import { stateOf } from './run-server.ts'
import { findServer, viewServer, type ServerView } from './server-view.ts'

/** `as` null: as the version declares it, else a variable. */
export type GivenSecret = {
  readonly name: string
  readonly value: Secret
  readonly as: SecretDelivery | null
}

export type SecretChange = {
  readonly view: ServerView
  /** True: a running instance still holds what was there before. */
  readonly restartRequired: boolean
  /** True: the server was only waiting for it, and starts. */
  readonly started: boolean
}

export async function listSecrets(context: HostingContext, name: string): Promise<ServerView> {
  return viewServer(context, await findServer(context, name))
}

/** All or none. A server that should run and only lacked it is started. Throws `invalid_secret`, `keys_locked`. */
export async function setSecrets(
  context: HostingContext,
  name: string,
  given: readonly GivenSecret[],
  principal: Principal,
): Promise<SecretChange> {
  const server = await findServer(context, name)
  const before = await viewServer(context, server)
  await storeSecrets(context, server, before.config, given, principal)
  const started = await startIfItWaited(context, before, principal)
  return tell(context, server, started)
}

export async function removeSecret(
  context: HostingContext,
  name: string,
  secret: string,
  principal: Principal,
): Promise<SecretChange> {
  const server = await findServer(context, name)
  if (!(await context.secrets.remove(server.id, secret, isLive(context, server)))) {
    const known = (await context.secrets.list(server.id)).map((facts) => facts.name)
    const close = nearest(secret, known)
    throw new AppError('secret_not_found', `The server "${name}" has no secret ${secret}.`, {
      hint: `${close === null ? '' : `Did you mean ${close}? `}See haivemind secret list ${name}.`,
    })
  }
  const { id } = server
  context.events.emit({ type: 'secret.removed', serverId: id, server: name, secret }, principal.id)
  return tell(context, server, false)
}

/** For a deployment too, whose version says how each is handed over. */
export async function storeSecrets(
  context: HostingContext,
  server: Pick<Server, 'id' | 'name'>,
  config: ServerConfig | null,
  given: readonly GivenSecret[],
  principal: Principal,
): Promise<readonly SecretFacts[]> {
  if (given.length === 0) return []
  const { id, name } = server
  const declared = new Map(config?.secrets.map((secret) => [secret.name, secret.as]))
  const wanted = given.map((secret): NewSecret => {
    const as = declared.get(secret.name) ?? secret.as ?? 'environment'
    assertUsable(secret, as)
    return { ...secret, as }
  })
  const names = new Set([
    ...(await context.secrets.list(id)).map((facts) => facts.name),
    ...wanted.map((secret) => secret.name),
  ])
  if (names.size > MAX_SECRETS) {
    throw new AppError('limit_reached', `A server has at most ${MAX_SECRETS} secrets.`, {
      hint: `Remove one that is not needed: haivemind secret remove ${name} KEY.`,
    })
  }
  const state = context.supervision.state(id)
  const live = state !== null && state.kind !== 'stopped' && state.kind !== 'failed'
  const stored = await context.secrets.set(id, wanted, principal.id, live)
  for (const { name: secret, version } of stored) {
    context.events.emit({ type: 'secret.set', serverId: id, server: name, secret, version }, principal.id)
  }
  return stored
}

/** Names and values alone, before anything is made. Throws `invalid_secret`. */
export function assertUsable({ name, value }: GivenSecret, as: SecretDelivery): void {
  const refused = describeRefusedVariable(name)
  if (refused !== null) throw new AppError('invalid_secret', `The name ${JSON.stringify(name)} ${refused}.`)
  const why = describeRefusedSecret(value.revealBytes(), as)
  if (why === null) return
  const hint = why.includes('only be a file') ? { hint: 'Set it with --as file.' } : {}
  throw new AppError('invalid_secret', `The value of ${name} ${why}.`, hint)
}

export async function rotateKey(
  context: HostingContext,
  principal: Principal,
): Promise<{ readonly keyId: string; readonly secrets: number }> {
  const rotated = await context.secrets.rotateKey()
  context.events.emit(
    { type: 'secrets.key_rotated', keyId: rotated.keyId, secrets: rotated.secrets },
    principal.id,
  )
  return rotated
}

/** Drops replaced values of servers of which nothing runs. For the platform's timer. */
export async function forgetReplacedSecrets(context: HostingContext): Promise<void> {
  for (const server of await context.servers.list()) {
    if (!isLive(context, server)) await context.secrets.endUse(server.id)
  }
}

function isLive(context: HostingContext, server: Server): boolean {
  const { kind } = stateOf(context, server)
  return kind !== 'stopped' && kind !== 'failed'
}

/** It was refused a start for the want of secrets, all of which are there now, or ended for one; and it should run. */
async function startIfItWaited(
  context: HostingContext,
  { server, state, config }: ServerView,
  principal: Principal,
): Promise<boolean> {
  if (server.desired !== 'running' || state.kind !== 'failed' || config === null) return false
  const { refusal, class: kind } = state.lastExit
  const wasRefused = refusal === 'secret_missing' || refusal === 'secret_unreadable'
  if (!wasRefused && !waitsForSecret(kind)) return false
  const stored = (await context.secrets.list(server.id)).map(({ name }) => name)
  const given = new Set([...stored, ...Object.keys(config.environment)])
  if (listMissing(config.secrets, given).length > 0) return false
  try {
    context.locks.refuseDuringSwitch(server.name)
  } catch {
    // Whoever is at it starts it, or leaves it, as its own work wants.
    return false
  }
  await context.supervision.start(server.id, principal.id)
  return true
}

async function tell(
  context: HostingContext,
  { id, name }: { readonly id: ServerId; readonly name: string },
  started: boolean,
): Promise<SecretChange> {
  const view = await viewServer(context, await findServer(context, name))
  const isRunning = context.supervision.facts(id) !== null
  return { view, started, restartRequired: isRunning && !started && view.secrets.isPending }
}

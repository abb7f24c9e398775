/** All calls that may ask back, by handle; who may continue which, and how many may be parked. */
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Json } from '../../domain/json.ts'
import { isSameKey, type ProcessKey } from '../../domain/process-key.ts'
import type { Logger } from '../../system/log.ts'
import { createToken } from '../../system/random.ts'
import type { LaneTicket } from '../call.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { ParkRecord, Parks, StateSeal } from '../ports.ts'
import { buildParkContent, sealPark, type CallOwner, type ParkContent } from './park-record.ts'
import { createParkedCall, type ParkedCall, type Restored, type Visit } from './parked-call.ts'
import { parseRequestState, renderRequestState, type RequestState } from './request-state.ts'

export type ParkTableDeps = {
  readonly parks: Parks
  readonly seal: StateSeal
  readonly clock: Clock
  readonly config: Pick<GatewayConfig, 'parkMs' | 'quietMs' | 'maxParksPerPrincipal' | 'maxParksPerServer'>
  readonly logger: Logger
  /** This process takes no other call that may be asked something until that client is back. */
  readonly onParked: (serverId: ServerId, key: ProcessKey) => void
}

/** What a client's `requestState` leads to. */
export type Found =
  | { readonly kind: 'parked'; readonly call: ParkedCall }
  /** Its process is gone; the call may be made again where that is harmless. By key: digests of what was asked. */
  | { readonly kind: 'lost'; readonly asked: RequestState['asked'] }
  /** The call had ended with questions, and is to be made again. */
  | { readonly kind: 'again' }
  /** Nothing that may be continued, in a sentence. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Makes the call at the server: what that asks goes to `take`, how it ends to `settle`. */
type Send = (call: ParkedCall) => LaneTicket

export interface ParkTable {
  /** @param known answers by the digest of their question, of a call that is made a second time. */
  begin(owner: CallOwner, key: ProcessKey, visit: Visit, send: Send, known?: Map<string, Json>): void
  /** Sends a call that was not sent yet to another process. */
  move(call: ParkedCall, key: ProcessKey, send: Send): void
  /** The process whose parked call this state continues; null where it continues none. */
  locate(state: unknown, owner: CallOwner): ProcessKey | null
  /** A client, or this one, takes its time there, and the process takes no other call that may be asked something. */
  isParkedAt(serverId: ServerId, key: ProcessKey, principalId?: string): boolean
  /** What a state leads to, without using it. */
  look(state: unknown, owner: CallOwner): Found
  /** A state is good for one use. Parked calls are used by resuming them, everything else by being found. */
  find(state: unknown, owner: CallOwner): Found
  /** The state of a call that has ended and that its retry makes again. */
  renderAgain(owner: CallOwner): string
  /** A parked call of an earlier daemon; `send` is null when its process is gone. */
  restore(record: ParkRecord, content: ParkContent, send: Send | null): void
  forget(whose: { readonly principalId?: string; readonly serverId?: ServerId }): void
  /** Leaves what is parked to the next daemon. */
  close(): void
}

/** Of all answers that came before their clients did. Characters. */
const MAX_KEPT = 32 * 1024 * 1024

type Entry = {
  readonly owner: CallOwner
  readonly call: ParkedCall
  key: ProcessKey
  ticket: LaneTicket | null
}

const STRANGE = 'It was not made here for this caller and this server.'
const OTHER = 'It belongs to another request: repeat the one it was given for, with the same params.'
const EXPIRED = 'It has expired: nobody answered in time.'
const USED = 'It was used before, or its call is over.'

export function createParkTable({ parks, seal, clock, config, logger, onParked }: ParkTableDeps): ParkTable {
  const entries = new Map<string, Entry>()
  /** Serials of used states that no entry stands for, until they expire. */
  const spent = new Set<string>()

  const keep = (done: Promise<void>) =>
    void done.catch((err: unknown) => logger.error('a parked call could not be kept', { err }))

  const refuse = ({ principalId, serverId }: CallOwner): AppError | null => {
    const there = [...entries.values()].filter(
      ({ owner, call }) => owner.serverId === serverId && call.serial !== null,
    )
    const mine = there.filter(({ owner }) => owner.principalId === principalId)
    if (mine.length >= config.maxParksPerPrincipal) {
      return new AppError('busy', `${mine.length} calls of this token wait there for its answers already.`)
    }
    if (there.length < config.maxParksPerServer) return null
    return new AppError('busy', `${there.length} calls of this server wait for answers of clients already.`)
  }

  const add = (
    handle: string,
    owner: CallOwner,
    key: ProcessKey,
    visit: Visit | null,
    send: Send | null,
    known?: Map<string, Json>,
    restored: Restored | null = null,
  ) => {
    let expires = 0
    let isSaved = restored !== null
    const { principalId, serverId, request } = owner
    const call = createParkedCall(
      visit,
      {
        clock,
        quietMs: config.quietMs,
        parkMs: config.parkMs,
        refuse: () => refuse(owner),
        hasRoom(characters) {
          let kept = 0
          for (const entry of entries.values()) if (entry.call !== call) kept += entry.call.kept
          return kept + characters <= MAX_KEPT
        },
        createSerial() {
          expires = clock.now() + config.parkMs
          return createToken(12)
        },
        renderState: ({ serial, open }) =>
          renderRequestState(seal, {
            kind: 'park',
            handle,
            serial: serial ?? '',
            principal: principalId,
            server: serverId,
            request,
            expires,
            asked: Object.fromEntries([...open].map(([key, { digest }]) => [key, digest])),
          }),
        save(parked) {
          const content = buildParkContent(owner, parked, entry.ticket?.sent ?? null)
          if (content === null) return
          isSaved = true
          const sealed = sealPark(seal, handle, content)
          keep(parks.put({ handle, principalId, serverId, expiresAt: expires, sealed }))
        },
        unsave() {
          if (isSaved) keep(parks.remove(handle))
          isSaved = false
        },
        onParked: () => onParked(serverId, entry.key),
        onOver: () => void entries.delete(handle),
      },
      known,
      restored,
    )
    const entry: Entry = { owner, key, call, ticket: null }
    entries.set(handle, entry)
    if (send !== null) hold(entry, send)
  }

  const hold = (entry: Entry, send: Send) => {
    entry.ticket = send(entry.call)
    entry.call.hold(entry.ticket)
  }

  /** What a state leads to, and what uses it up beyond that. */
  const judge = (text: unknown, owner: CallOwner): { readonly found: Found; readonly spend: () => void } => {
    const state = parseRequestState(seal, text)
    if (state === null || state.principal !== owner.principalId || state.server !== owner.serverId) {
      return buildRefused(STRANGE)
    }
    if (state.request !== owner.request) return buildRefused(OTHER)
    if (state.expires <= clock.now()) return buildRefused(EXPIRED)
    const { serial, expires, asked } = state
    if (state.kind === 'again') {
      if (spent.has(serial)) return buildRefused(USED)
      const spend = () => {
        spent.add(serial)
        clock.after(expires - clock.now(), () => spent.delete(serial))
      }
      return { found: { kind: 'again' }, spend }
    }
    const call = entries.get(state.handle)?.call
    if (call === undefined || call.serial !== serial) return buildRefused(USED)
    if (!call.lost) return { found: { kind: 'parked', call }, spend: () => {} }
    return { found: { kind: 'lost', asked }, spend: () => call.cancel('its process is gone') }
  }

  return {
    begin: (owner, key, visit, send, known) => add(createToken(16), owner, key, visit, send, known),
    move(call, key, send) {
      const entry = entries.values().find((each) => each.call === call)
      if (entry === undefined) return
      entry.key = key
      hold(entry, send)
    },
    locate(state, owner) {
      const { found } = judge(state, owner)
      if (found.kind !== 'parked') return null
      return entries.values().find(({ call }) => call === found.call)?.key ?? null
    },
    isParkedAt: (serverId, key, principalId) =>
      entries
        .values()
        .some(
          ({ owner, key: at, call }) =>
            owner.serverId === serverId &&
            (principalId ?? owner.principalId) === owner.principalId &&
            call.serial !== null &&
            !call.lost &&
            call.kept === 0 &&
            isSameKey(at, key),
        ),
    look: (state, owner) => judge(state, owner).found,
    find(state, owner) {
      const { found, spend } = judge(state, owner)
      spend()
      return found
    },
    renderAgain: ({ principalId, serverId, request }) =>
      renderRequestState(seal, {
        kind: 'again',
        handle: '',
        serial: createToken(12),
        principal: principalId,
        server: serverId,
        request,
        expires: clock.now() + config.parkMs,
        asked: {},
      }),
    restore(record, content, send) {
      const { handle, principalId, serverId, expiresAt } = record
      const { method, tool, request, serial, count, key } = content
      const owner = { principalId, serverId, method, tool, request }
      const leftMs = expiresAt - clock.now()
      add(handle, owner, key, null, send, undefined, { serial, count, leftMs, lost: send === null })
    },
    forget({ principalId, serverId }) {
      for (const { owner, call } of entries.values()) {
        if ((principalId ?? owner.principalId) !== owner.principalId) continue
        if ((serverId ?? owner.serverId) === owner.serverId) call.cancel('its caller may not go on with it')
      }
    },
    close() {
      for (const { call } of entries.values()) if (call.serial !== null) call.abandon()
    },
  }
}

function buildRefused(reason: string): { readonly found: Found; readonly spend: () => void } {
  return { found: { kind: 'refused', reason }, spend: () => {} }
}

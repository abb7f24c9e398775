import { createAttentionReader } from '../api/read-attention.ts'
import type { PlatformConfig } from '../config/schema.ts'
import type { Clock } from '../domain/clock.ts'
import type { KnownSecrets } from '../domain/known-secrets.ts'
import type { Notifications } from '../domain/notification.ts'
import type { Principal } from '../domain/principal.ts'
import { createNotifier } from '../notify/create-notifier.ts'
import { sendMessage } from '../notify/send/send-message.ts'
import type { Store } from '../store/open-store.ts'
import type { Logger } from '../system/log.ts'
import { createId, createKey, randomFraction } from '../system/random.ts'
import type { LiveSettings } from './live-settings.ts'

/** The channels are an administrator's. */
const READER: Principal = { id: 'platform', kind: 'local', name: 'platform', grants: ['admin'] }
const SECRET_BYTES = 32
const HOST_MS = 15 * 60_000

export function openNotifications(
  stack: AsyncDisposableStack,
  deps: {
    readonly store: Pick<Store, 'channels' | 'notices' | 'secrets' | 'events'>
    readonly attention: Parameters<typeof createAttentionReader>[0]
    readonly live: LiveSettings
    readonly known: KnownSecrets
    readonly mask: (text: string) => string
    readonly baseUrl: string
    readonly clock: Clock
    readonly logger: Logger
  },
): Notifications {
  const { store, clock, logger, known } = deps
  const rules = deps.live.follow(buildRules)
  const readSystem = createSlowReader(deps.attention.readSystem, clock)
  const readAttention = createAttentionReader({ ...deps.attention, readSystem })
  const notifier = createNotifier({
    ...store,
    box: {
      seal: (value, about) => store.secrets.seal(value, about),
      open: (sealed, about) => store.secrets.unseal(sealed, about),
    },
    readAttention: async () =>
      (await readAttention(READER)).items.map(({ since, ...item }) => ({
        ...item,
        since: since === null ? null : Date.parse(since),
      })),
    send: (target, message, now, signal) => sendMessage(target, message, rules, now, signal),
    know: (name, value) => known.add(name, value),
    mask: deps.mask,
    baseUrl: deps.baseUrl,
    clock,
    createId,
    createSecret: () => `whsec_${createKey(SECRET_BYTES).toString('base64')}`,
    chance: randomFraction,
    onDefect: (err) => logger.error('notifications could not be made or sent', { err }),
  })
  stack.defer(() => notifier.close())
  return notifier
}

/** It starts programs to see what the host can do, which changes seldom. */
function createSlowReader<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let last: { readonly at: number; readonly found: T } | null = null
  return async () => {
    if (last === null || clock.monotonic() - last.at > HOST_MS)
      last = { at: clock.monotonic(), found: await read() }
    return last.found
  }
}

function buildRules({ notifications: { private_targets: named, timeout } }: PlatformConfig) {
  return { named: new Set(named.map((place) => place.toLowerCase())), timeoutMs: timeout * 1000 }
}

/** What telling others needs of the rest. */
import type { Channel, Notice, NoticeState } from '../domain/notification.ts'
import type { Secret } from '../domain/secret.ts'

export interface Channels {
  list(): readonly Channel[]
  /** `sealed` opens with the box alone. */
  find(id: string): { readonly channel: Channel; readonly sealed: Uint8Array } | null
  /** Throws `conflict` when the name is taken. */
  save(channel: Channel, sealed: Uint8Array): void
  remove(id: string): void
}

export interface Notices {
  /** All or none; one whose key the channel has already is left out. */
  add(notices: readonly Notice[]): void
  /** The last event that was taken into account; null: none ever was. */
  cursor(): number | null
  setCursor(event: number): void
  /** The last step of a thread that was put down for this channel. */
  lastStep(channelId: string, thread: string): 'opens' | 'closes' | null
  /** Threads that begin so and were opened and not closed, on any channel. */
  listOpen(prefix: string): readonly string[]
  countWaiting(channelId: string): number
  /** Those that may be tried, oldest first. */
  listDue(channelId: string, now: number, limit: number): readonly Notice[]
  /** Messages since then that went, or may have gone. */
  countMessages(channelId: string, since: number): number
  update(
    ids: readonly string[],
    changes: Pick<Notice, 'state' | 'attempts' | 'nextAt' | 'endedAt' | 'messageId' | 'error'>,
  ): void
  list(filter: {
    readonly channelId?: string
    readonly state?: NoticeState
    readonly limit: number
  }): readonly Notice[]
}

/** Seals under the platform's key; it may be locked (`keys_locked`). */
export interface SecretBox {
  seal(value: Secret, about: string): Promise<Uint8Array>
  /** Null: damaged, or of another place. */
  open(sealed: Uint8Array, about: string): Promise<Secret | null>
}

/** What the bridge to hAIveMinds needs of the rest. */
import type { Memory } from '../domain/memory.ts'
import type { PeerStatus } from '../domain/memory-peers.ts'

/** One hAIveMind, as the operator named it. */
export type HiveSettings = {
  readonly name: string
  readonly place:
    | {
        readonly kind: 'http' | 'sse'
        readonly url: string
        readonly readToken: () => Promise<string | null>
      }
    | { readonly kind: 'stdio'; readonly command: readonly string[] }
  /** What happens here is told there. */
  readonly share: boolean
  /** It is asked for what it knows. */
  readonly recall: boolean
}

export type Waiting = {
  readonly memory: Memory
  readonly attempt: number
  /** It was on its way when the connection or the platform ended: it may be there. */
  readonly isDoubtful: boolean
}

/** What waits for each peer: the truth about it, over restarts of either side. */
export interface Outbox {
  /** What is due, in the order of ids. What may not leave any more is not among it and goes. */
  next(peer: string, limit: number): Promise<readonly Waiting[]>
  /** From now on it may be there. */
  begin(peer: string, id: string): Promise<void>
  /** It is there. */
  done(peer: string, id: string): Promise<void>
  /** It is not there; it is tried again at `nextAt`, or never when that is null. */
  refuse(peer: string, id: string, why: string, nextAt: number | null): Promise<void>
  /** For a peer that is new: what matters of the last 30 days waits too. */
  fill(peer: string): Promise<void>
  /** Beyond 30 days or 50,000: the oldest go, monitoring first. Once it is over, one memory says how many. */
  trim(peer: string): Promise<void>
  counts(peer: string): Promise<Pick<PeerStatus, 'waiting' | 'sent' | 'dropped'>>
}

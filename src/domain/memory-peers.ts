/** hAIveMinds that this platform tells what happens, and asks what they know. */
import type { JsonObject } from './json.ts'

export type PeerStatus = {
  readonly name: string
  /** `platform`: one like this one, whose memories are taken over. */
  readonly transport: 'http' | 'sse' | 'stdio' | 'platform'
  readonly isReachable: boolean
  /** Why not, as a sentence's end. */
  readonly problem: string | null
  /** Others on the way to it can read what is sent. */
  readonly isElsewhere: boolean
  readonly waiting: number
  readonly sent: number
  /** Too many, too old, or refused again and again. */
  readonly dropped: number
}

/** What a peer says: data of a stranger, and never more. */
export type Recalled = {
  readonly peer: string
  readonly content: string
  readonly category: string
  readonly createdAt: string | null
  /** What a platform like this one wrote for programs. Null: it is somebody else's. */
  readonly envelope: JsonObject | null
}

export interface MemoryPeers {
  status(): Promise<readonly PeerStatus[]>
  /** What all of them say that are asked, within a short time; never rejects. */
  recall(query: string, category: string): Promise<readonly Recalled[]>
}

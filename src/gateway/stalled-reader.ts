/** An answer that its client does not read stays in memory: once nothing more of it goes out for a while, it is cut. */
import type { ServerResponse } from 'node:http'

const STALLED_MS = 30_000
/** Less than that the system takes at once. */
const LARGE_BYTES = 64 * 1024

/**
 * To be called before the end of an answer, behind which nothing more is written. The timer of the socket is the only
 * one that sees a large write go out piece by piece; with the answer's end it becomes that of a kept connection.
 */
export function cutWhenStalled(res: ServerResponse, bytes: number, milliseconds = STALLED_MS): void {
  if (bytes + res.writableLength > LARGE_BYTES) res.socket?.setTimeout(milliseconds)
}

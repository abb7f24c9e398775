/**
 * The trailer that signs an .mcpb: `MCPB_SIG_V1`, length (uint32le), DER PKCS#7, `MCPB_SIG_END`.
 * It is cut off before the zip is read. Nothing here says that the signature is valid.
 */
import { readAt } from './byte-range.ts'
import { ArchiveReject } from './reject.ts'

const START = 'MCPB_SIG_V1'
const END = 'MCPB_SIG_END'
const MAX_SIGNATURE_BYTES = 64 * 1024

/** Bytes of the trailer; 0 when there is none. A trailer whose lengths do not fit is `ZIP_TRAIL`. */
export function findBundleSignature(descriptor: number, size: number): number {
  const tailBytes = Math.min(size, MAX_SIGNATURE_BYTES)
  const tail = readAt(descriptor, size - tailBytes, tailBytes)
  if (!tail.subarray(-END.length).equals(Buffer.from(END))) return 0
  const start = tail.lastIndexOf(START)
  const fixed = START.length + 4 + END.length
  if (start === -1 || tail.readUInt32LE(start + START.length) + fixed !== tail.length - start) {
    throw new ArchiveReject('ZIP_TRAIL', 'the signature of the bundle is broken', {
      offset: size - tailBytes,
    })
  }
  return tail.length - start
}

/** A ustar of a few small files (POSIX.1-1988). */
const BLOCK = 512

export function packTar(
  files: readonly { readonly path: string; readonly text: string }[],
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const entries = files.map(({ path, text }) => ({ path: encoder.encode(path), data: encoder.encode(text) }))
  const size = entries.reduce((sum, { data }) => sum + BLOCK + pad(data.length), 2 * BLOCK)
  const tar = new Uint8Array(size)
  let at = 0
  for (const { path, data } of entries) {
    if (path.length > 100) throw new RangeError('a path has at most 100 bytes')
    const header = tar.subarray(at, at + BLOCK)
    const write = (text: string, from: number) => header.set(encoder.encode(text), from)
    header.set(path, 0)
    write('0000755\0', 100)
    write('0000000\0', 108)
    write('0000000\0', 116)
    write(`${data.length.toString(8).padStart(11, '0')}\0`, 124)
    write('00000000000\0', 136)
    write('        0', 148)
    write('ustar\u000000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    tar.set(data, at + BLOCK)
    at += BLOCK + pad(data.length)
  }
  return tar
}

function pad(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK
}

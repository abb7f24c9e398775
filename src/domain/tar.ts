/** A tar of plain files (POSIX.1-1988 ustar): any tar program reads it. */

export type TarFile = { readonly path: string; readonly data: Uint8Array }

const BLOCK = 512
const MODE = 0o600

/** @param modified milliseconds since the epoch */
export function buildTar(files: readonly TarFile[], modified: number): Buffer {
  const blocks = files.flatMap(({ path, data }) => [
    buildHeader(path, data.length, Math.floor(modified / 1000)),
    data,
    Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK),
  ])
  // Two empty blocks end it.
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

function buildHeader(path: string, bytes: number, seconds: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new TypeError(`a path in this tar has at most 100 bytes: ${path}`)
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at)
  header.write(path, 0)
  octal(MODE, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(bytes, 124, 12)
  octal(seconds, 136, 12)
  header.write('        0', 148)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

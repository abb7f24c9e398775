/** Looked at before a byte is sent: most mistakes are a wrong file. The platform judges by content again. */

const TAR_MAGIC_AT = 257
const HEAD_BYTES = 512
const MAGICS: readonly (readonly [at: number, bytes: readonly number[]])[] = [
  [0, [0x50, 0x4b, 0x03, 0x04]],
  [0, [0x1f, 0x8b]],
  [0, [0x28, 0xb5, 0x2f, 0xfd]],
  [TAR_MAGIC_AT, [0x75, 0x73, 0x74, 0x61, 0x72]],
]

export type Checked = 'good' | 'empty' | 'no_archive'

export async function checkArchive(file: Blob): Promise<Checked> {
  if (file.size === 0) return 'empty'
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  const isKnown = MAGICS.some(([at, bytes]) => bytes.every((byte, index) => head[at + index] === byte))
  return isKnown ? 'good' : 'no_archive'
}

/** `My Weather_2.tar.gz` → `my-weather-2`; empty where nothing of it can be a name. */
export function suggestName(fileName: string): string {
  return fileName
    .toLowerCase()
    .replace(/\.(?:zip|mcpb|tar|tgz|tar\.gz|tar\.zst)$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .replace(/-+$/, '')
    .slice(0, 63)
}

/** Reads what tar-write.ts wrote, as a stream. Everything else is refused: a backup is no upload. */
import { AppError } from '../../domain/error.ts'
import { BLOCK, type TarEntry } from './tar-write.ts'

export type TarPart = TarEntry & {
  /** To be read to its end before the next part is asked for. */
  readonly content: AsyncIterable<Buffer>
}

const MAX_EXTENDED = 64 * 1024
/** Tar programs fill their last record with zeros. */
const MAX_END = 1024 * 1024
const KINDS = { '0': 'file', '5': 'directory', '2': 'link' } as const

export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarPart> {
  const input = createInput(source)
  let extended: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const header = await input.take(BLOCK)
    if (header.every((byte) => byte === 0)) return await input.finish()
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
    if (octal(header, 148, 8) !== sum) throw buildDamaged('a header is not as it was written')
    const type = String.fromCharCode(header[156] ?? 0)
    const bytes = Number(extended.get('size') ?? octal(header, 124, 12))
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw buildDamaged('a size is no number')
    if (type === 'x') {
      if (bytes > MAX_EXTENDED) throw buildDamaged('a name is too long')
      extended = parseExtended(await input.take(bytes))
      await input.take(padding(bytes))
      continue
    }
    const kind = KINDS[type as keyof typeof KINDS] as TarEntry['kind'] | undefined
    if (kind === undefined) throw buildDamaged(`an entry has the unknown type ${JSON.stringify(type)}`)
    const path = extended.get('path') ?? text(header, 0, 100)
    const state = { left: bytes }
    yield {
      path: kind === 'directory' ? path.replace(/\/$/, '') : path,
      kind,
      mode: octal(header, 100, 8),
      uid: octal(header, 108, 8),
      gid: octal(header, 116, 8),
      bytes,
      modified: octal(header, 136, 12) * 1000,
      target: extended.get('linkpath') ?? text(header, 157, 100),
      content: input.portion(state),
    }
    if (state.left > 0) throw new Error('the content of an entry was not read')
    await input.take(padding(bytes))
    extended = new Map()
  }
}

const padding = (bytes: number) => (BLOCK - (bytes % BLOCK)) % BLOCK

function text(header: Buffer, at: number, width: number): string {
  const end = header.indexOf(0, at)
  return header.toString('latin1', at, end === -1 || end > at + width ? at + width : end)
}

function octal(header: Buffer, at: number, width: number): number {
  return Number.parseInt(text(header, at, width).trim() || '0', 8)
}

function parseExtended(content: Buffer): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(' ', at)
    const length = Number(content.toString('latin1', at, space))
    if (space === -1 || !Number.isInteger(length) || length < 5) throw buildDamaged('a name is damaged')
    const record = content.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    found.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return found
}

/** Chunks as they come, handed out in the pieces that are asked for. */
function createInput(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async () => {
    const next = await iterator.next()
    if (next.done === true) throw buildDamaged('it ends too early')
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
  }
  return {
    async take(bytes: number): Promise<Buffer> {
      while (rest.length < bytes) await more()
      const taken = rest.subarray(0, bytes)
      rest = rest.subarray(bytes)
      return taken
    },
    /** To the end of the source, which would be left half read otherwise, and never end. */
    async finish(): Promise<void> {
      for (let left = MAX_END; ;) {
        left -= rest.length
        if (left < 0 || rest.some((byte) => byte !== 0)) throw buildDamaged('something follows its end')
        const next = await iterator.next()
        if (next.done === true) return
        rest = next.value
      }
    },
    async *portion(state: { left: number }): AsyncGenerator<Buffer> {
      while (state.left > 0) {
        if (rest.length === 0) await more()
        const piece = rest.subarray(0, state.left)
        rest = rest.subarray(piece.length)
        state.left -= piece.length
        yield piece
      }
    },
  }
}

export function buildDamaged(why: string): AppError {
  return new AppError('backup_damaged', `The backup is damaged: ${why}.`)
}

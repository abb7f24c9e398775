/** One file of an unpacked archive as the layers see it. */
import { readSync, openSync, closeSync, constants } from 'node:fs'

export const LANGUAGES = ['python', 'javascript', 'typescript', 'tsx', 'bash'] as const
export type Language = (typeof LANGUAGES)[number]

export type ScannedFile = {
  /** Relative, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly executable: boolean
  /** The first bytes. */
  readonly head: Buffer
  /** Null: binary, or too large to be looked at. */
  readonly text: string | null
  /** True: it is text by its head, and too large. */
  readonly isTooLarge: boolean
  readonly language: Language | null
  /** The line, from 1, of an index into the text. */
  readonly lineAt: (index: number) => number
}

/** Above it a file is not looked into: parsers take some fifty times its size in memory. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024
const HEAD_BYTES = 4096

const EXTENSIONS: Readonly<Record<string, Language>> = {
  py: 'python',
  pyw: 'python',
  pyi: 'python',
  pth: 'python',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
  sh: 'bash',
  bash: 'bash',
  zsh: 'bash',
  ksh: 'bash',
}
const SHEBANGS: readonly (readonly [RegExp, Language])[] = [
  [/^#!.*\bpython[0-9.]*\b/, 'python'],
  [/^#!.*\b(?:node|bun)\b/, 'javascript'],
  [/^#!.*\b(?:deno|tsx|ts-node)\b/, 'typescript'],
  [/^#!.*\b(?:ba|da|z|k)?sh\b/, 'bash'],
]

/** @param language what it is run as, where that is known better than by its name */
export function readScannedFile(
  root: string,
  path: string,
  bytes: number,
  executable: boolean,
  language?: Language,
): ScannedFile {
  const descriptor = openSync(`${root}/${path}`, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const head = readStart(descriptor, Math.min(bytes, HEAD_BYTES), 0)
    // node and shells run a file with a NUL in a comment: for what is code by its name it is no sign of anything.
    const known = language ?? recogniseLanguage(path, head.toString('latin1', 0, 256))
    const isText = !head.includes(0) || known !== null
    const isTooLarge = isText && bytes > MAX_TEXT_BYTES
    const whole = isText && !isTooLarge ? readStart(descriptor, bytes, 0) : null
    const file = buildScannedFile(path, whole, { bytes, executable, head, isTooLarge })
    return language === undefined ? file : { ...file, language }
  } finally {
    closeSync(descriptor)
  }
}

export function buildScannedFile(
  path: string,
  content: Buffer | null,
  about: Pick<ScannedFile, 'bytes' | 'executable' | 'head' | 'isTooLarge'>,
): ScannedFile {
  const text = content === null ? null : decode(content)
  let starts: number[] | null = null
  return {
    ...about,
    path,
    text,
    language: recogniseLanguage(path, about.head.toString('latin1', 0, 256)),
    lineAt: (index) => findLine((starts ??= findLineStarts(text ?? '')), index),
  }
}

/** NULs would end the text for a parser; a blank keeps every place. */
function decode(content: Buffer): string {
  const isWide = content[0] === 0xff && content[1] === 0xfe
  return content
    .toString(isWide ? 'utf16le' : 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\0', ' ')
}

function recogniseLanguage(path: string, start: string): Language | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : ''
  return EXTENSIONS[extension] ?? SHEBANGS.find(([pattern]) => pattern.test(start))?.[1] ?? null
}

function readStart(descriptor: number, length: number, at: number): Buffer {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const got = readSync(descriptor, buffer, done, length - done, at + done)
    if (got === 0) break
    done += got
  }
  return buffer.subarray(0, done)
}

function findLineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function findLine(starts: readonly number[], index: number): number {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= index) low = middle
    else high = middle
  }
  return low + 1
}

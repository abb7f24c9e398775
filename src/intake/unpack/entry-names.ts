/**
 * The rules for names, the same for every format: a name must mean one place, inside the tree, to every
 * reader on every system. Nothing is repaired.
 */
import type { ArchiveLimits } from '../../domain/archive.ts'
import { ArchiveReject, type Family } from './reject.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** UTF-8 in normalisation form C, or `…_UNICODE`. */
export function decodeName(bytes: Uint8Array, family: Family, offset: number): string {
  let name: string
  try {
    name = UTF8.decode(bytes)
  } catch {
    throw new ArchiveReject(`${family}_UNICODE`, 'a name is not valid UTF-8', { offset })
  }
  if (name.normalize('NFC') !== name) {
    throw new ArchiveReject(`${family}_UNICODE`, 'a name is not in Unicode normalisation form C', {
      entry: name,
      offset,
    })
  }
  return name
}

/** `path` has no trailing slash. Throws `…_NAME`. */
export function checkName(path: string, family: Family, limits: ArchiveLimits, offset: number): void {
  const refuse = (why: string): never => {
    throw new ArchiveReject(`${family}_NAME`, `the name ${JSON.stringify(path)} ${why}`, {
      entry: path,
      offset,
    })
  }
  if (path === '') refuse('is empty')
  if (path.startsWith('/')) refuse('is absolute')
  if (CONTROL.test(path)) refuse('holds a control character')
  if (path.includes('\\')) refuse('holds a backslash')
  if (path.includes(':')) refuse('holds a colon')
  if (/^[-~]/.test(path)) refuse('starts with - or ~')
  if (Buffer.byteLength(path) > limits.maxPathBytes) refuse(`is longer than ${limits.maxPathBytes} bytes`)
  const segments = path.split('/')
  if (segments.length > limits.maxDepth) refuse(`is deeper than ${limits.maxDepth} levels`)
  for (const segment of segments) {
    if (segment === '') refuse('has an empty segment')
    if (segment === '.' || segment === '..') refuse(`has the segment ${segment}`)
    if (/[. ]$/.test(segment)) refuse('has a segment ending in a dot or a space')
    if (Buffer.byteLength(segment) > 255) refuse('has a segment longer than 255 bytes')
    if (WINDOWS_DEVICE.test(segment)) refuse(`has the Windows device name ${segment}`)
  }
}

export interface NameBook {
  /** Throws `…_DUP` or `…_CASE`. */
  add(path: string, kind: 'file' | 'directory', offset: number): void
}

/** Refuses names that meet: twice the same, a file where a directory is, or equal but for case and compatibility. */
export function createNameBook(family: Family): NameBook {
  const entries = new Map<string, 'file' | 'directory'>()
  const parents = new Set<string>()
  const spelled = new Map<string, string>()

  const checkSpelling = (path: string, offset: number) => {
    const folded = path.toLowerCase().normalize('NFKC')
    const seen = spelled.get(folded)
    if (seen !== undefined && seen !== path) {
      const message = `${JSON.stringify(path)} and ${JSON.stringify(seen)} are one name on some systems`
      throw new ArchiveReject(`${family}_CASE`, message, { entry: path, offset })
    }
    spelled.set(folded, path)
  }

  return {
    add(path, kind, offset) {
      const duplicate = (why: string): never => {
        throw new ArchiveReject(`${family}_DUP`, `${JSON.stringify(path)} ${why}`, { entry: path, offset })
      }
      if (entries.has(path)) duplicate('is there twice')
      if (kind === 'file' && parents.has(path)) duplicate('is a file and a directory')
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const parent = path.slice(0, end)
        if (entries.get(parent) === 'file') duplicate(`lies below ${JSON.stringify(parent)}, which is a file`)
        if (parents.has(parent)) break
        parents.add(parent)
        checkSpelling(parent, offset)
      }
      entries.set(path, kind)
      checkSpelling(path, offset)
    },
  }
}

/**
 * Where the key comes from that encrypts the keys of the secrets: a credential of the service manager, the environment,
 * else a file that the platform makes itself. Only the file can be rotated by the platform.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncDirectory, writeFileDurable } from '../../system/files.ts'
import { createKey } from '../../system/random.ts'
import { keyIdOf } from './seal.ts'

const KEY_BYTES = 32
const CREDENTIAL = 'haivemind-secrets-key'
const VARIABLE = 'HAIVEMIND_SECRETS_KEY'
const PREVIOUS = { credential: `${CREDENTIAL}-previous`, variable: `${VARIABLE}_PREVIOUS` } as const

export type Key = { readonly bytes: Buffer; readonly id: string }

/** What is there, or why it cannot be used: a sentence without a path. */
export type Found = { readonly key: Key | null; readonly problem: string | null; readonly absent: boolean }

export interface KeySource {
  readonly kind: 'file' | 'credential' | 'environment'
  /** For the operator alone: names the place. */
  readonly place: string
  read(): Promise<Found>
  /** The key before, which the operator leaves beside the new one so that secrets can be wrapped anew. */
  readPrevious(): Promise<Key | null>
  /** A new key in the file, where there is none. */
  make(): Promise<Key>
  /** A key that was prepared beside the file and is not in force yet. */
  readNext(): Promise<Key | null>
  prepareNext(): Promise<Key>
  /** Puts the prepared key into force; the one before is gone. */
  promoteNext(): Promise<void>
  discardNext(): Promise<void>
}

/** @param keyFile used where neither a credential nor the variable is given. */
export function createKeySource(keyFile: string, environment: Readonly<Record<string, string>>): KeySource {
  const directory = environment['CREDENTIALS_DIRECTORY'] ?? ''
  const credential = join(directory, CREDENTIAL)
  if (directory !== '' && existsSync(credential)) {
    return {
      ...fixed('credential', `the credential ${CREDENTIAL}`),
      read: () => readKeyFile(credential, false),
      readPrevious: async () => (await readKeyFile(join(directory, PREVIOUS.credential), false)).key,
    }
  }
  const given = environment[VARIABLE] ?? ''
  if (given !== '') {
    return {
      ...fixed('environment', `the variable ${VARIABLE}`),
      read: async () => parseKey(Buffer.from(given)),
      readPrevious: async () => parseKey(Buffer.from(environment[PREVIOUS.variable] ?? '')).key,
    }
  }
  return createFileSource(keyFile)
}

function fixed(kind: 'credential' | 'environment', place: string) {
  const never = async (): Promise<never> => {
    throw new TypeError(`${place} is not the platform's to change`)
  }
  return {
    kind,
    place,
    make: never,
    prepareNext: never,
    promoteNext: never,
    readNext: async () => null,
    discardNext: async () => undefined,
  } as const
}

function createFileSource(path: string): KeySource {
  const nextPath = `${path}.next`
  const write = async (to: string): Promise<Key> => {
    const bytes = createKey(KEY_BYTES)
    await writeFileDurable(to, bytes, 0o600)
    return { bytes, id: keyIdOf(bytes) }
  }
  return {
    kind: 'file',
    place: path,
    read: () => readKeyFile(path, true),
    readPrevious: async () => null,
    make: () => write(path),
    readNext: async () => (await readKeyFile(nextPath, true)).key,
    prepareNext: () => write(nextPath),
    async promoteNext() {
      await rename(nextPath, path)
      await syncDirectory(dirname(path))
    },
    async discardNext() {
      await unlink(nextPath).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
  }
}

/** @param guarded the mode is held to be for its owner alone; a service manager sees to that itself. */
async function readKeyFile(path: string, guarded: boolean): Promise<Found> {
  try {
    const { mode } = await stat(path)
    if (guarded && (mode & 0o077) !== 0) {
      return { key: null, problem: 'The key file can be read by others: chmod 600 it.', absent: false }
    }
    return parseKey(await readFile(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { key: null, problem: 'The key file is missing.', absent: true }
    return { key: null, problem: `The key file cannot be read (${code ?? 'unknown'}).`, absent: false }
  }
}

/** 32 bytes, or the same as hex or base64 text. */
export function parseKey(bytes: Buffer): Found {
  const text = bytes.toString('latin1').trim()
  const candidates = [
    bytes,
    /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : null,
    /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null,
  ]
  const key = candidates.find((candidate) => candidate?.length === KEY_BYTES) ?? null
  if (key === null) {
    return { key: null, problem: `The key is not ${KEY_BYTES} bytes long.`, absent: false }
  }
  return { key: { bytes: key, id: keyIdOf(key) }, problem: null, absent: false }
}

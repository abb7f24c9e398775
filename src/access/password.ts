import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '../domain/error.ts'

/** RFC 9106 argon2id; memory in KiB. At least the OWASP minimum: 19 MiB, two passes, one lane. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const SALT_BYTES = 16
/** At once, and waiting: sign-ins cannot take more memory than this, nor the thread pool from everything else. */
const MAX_RUNNING = 2
const MAX_WAITING = 32
/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>` */
const ENCODED = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{16,88})\$([\w+/]{16,88})$/

const derive = promisify(argon2)

export interface Passwords {
  /** Too many wait already: the next one would be refused. */
  isBusy(): boolean
  /** Throws `busy` when too many wait already. */
  hash(password: string): Promise<string>
  /** Takes as long for an account that is not there (null) as for one that is. Throws `busy`. */
  verify(password: string, encoded: string | null): Promise<boolean>
}

export function createPasswords(): Passwords {
  const gate = createGate()
  const run = (password: string, salt: Buffer, cost: typeof PARAMETERS) =>
    gate.enter(() => derive('argon2id', { message: normalize(password), nonce: salt, ...cost }))
  /** Stands in for the account that is not there; nothing hashes to it but by chance of 2^-256. */
  const nobody = encode(randomBytes(SALT_BYTES), randomBytes(PARAMETERS.tagLength))

  return {
    isBusy: gate.isFull,
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      return encode(salt, await run(password, salt, PARAMETERS))
    },
    async verify(password, encoded) {
      const [, memory, passes, parallelism, salt = '', tag = ''] = ENCODED.exec(encoded ?? nobody) ?? []
      if (memory === undefined) throw new Error('a stored password hash is not readable')
      const expected = Buffer.from(tag, 'base64')
      const cost = {
        memory: Number(memory),
        passes: Number(passes),
        parallelism: Number(parallelism),
        tagLength: expected.byteLength,
      } as typeof PARAMETERS
      const found = await run(password, Buffer.from(salt, 'base64'), cost)
      return timingSafeEqual(found, expected)
    },
  }
}

/** What looks alike is alike, however the keyboard composed it (NIST SP 800-63B §5.1.1.2). */
export function normalize(password: string): string {
  return password.normalize('NFKC')
}

function encode(salt: Buffer, tag: Buffer): string {
  const { memory, passes, parallelism } = PARAMETERS
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`
}

export function buildBusy(): AppError {
  return new AppError('busy', 'Too many people sign in at once.')
}

function createGate() {
  let running = 0
  const waiting: (() => void)[] = []
  const isFull = () => waiting.length >= MAX_WAITING
  const enter = async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= MAX_RUNNING) {
      if (isFull()) throw buildBusy()
      // Whoever leaves hands its place on, so that nobody slips in between.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running++
    }
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
  return { enter, isFull }
}

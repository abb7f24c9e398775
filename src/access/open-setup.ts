/** The first run: whoever can read the data directory, or the terminal of the daemon, becomes the administrator. */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import { startRepeating } from '../domain/repeat.ts'
import { checkPassword } from './check-password.ts'
import type { Accounts } from './open-accounts.ts'
import type { SetupCodeFile, UserRecord } from './ports.ts'

const VALID_MS = 900_000
const MAX_TRIES = 5
const SWEEP_MS = 10_000
/** Crockford's: no letter that looks like a digit. 12 of 32 are 60 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export type SetupCode = { readonly code: string; readonly expiresAt: number; readonly triesLeft: number }

export interface Setup {
  /** The code that is valid now; null when there is an administrator, or the code ran out. */
  current(): SetupCode | null
  /** A new code in place of the one before. Throws `already_set_up`. */
  renew(): Promise<SetupCode>
  /** Counts a wrong code, five of which end it. Throws `already_set_up`, `setup_code_wrong`. */
  check(code: string): void
  /** Makes the administrator, once. Throws `already_set_up`, `setup_code_wrong`, `weak_password`, `invalid_request`. */
  claim(claim: {
    readonly code: string
    readonly name: string
    readonly password: string
  }): Promise<UserRecord>
  close(): Promise<void>
}

type Pending = Omit<SetupCode, 'triesLeft'> & { tries: number; readonly until: number }

export async function openSetup(deps: {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly file: SetupCodeFile
}): Promise<Setup> {
  const { accounts, clock, file } = deps
  let pending: Pending | null = null
  let isClaiming = false

  const forget = async () => {
    pending = null
    await file.remove()
  }
  const valid = () => (pending !== null && pending.until > clock.monotonic() ? pending : null)
  const renew = async () => {
    if (accounts.isClaimed()) throw buildDone()
    const code = createCode()
    pending = {
      code,
      expiresAt: clock.now() + VALID_MS,
      until: clock.monotonic() + VALID_MS,
      tries: 0,
    }
    await file.write(code)
    return render(pending)
  }
  const check = (code: string) => {
    if (accounts.isClaimed() || isClaiming) throw buildDone()
    const expected = valid()
    if (expected !== null && isSame(expected.code, code)) return
    if (expected !== null && ++expected.tries >= MAX_TRIES) {
      pending = null
      file.remove().catch(() => undefined)
    }
    throw buildWrong()
  }
  // An administrator can also be made on the command line.
  const stopSweeping = startRepeating(clock, SWEEP_MS, async () => {
    if (pending !== null && (valid() === null || accounts.isClaimed())) await forget().catch(() => undefined)
  })

  if (accounts.isClaimed()) await forget()
  else await renew()

  return {
    current() {
      const found = accounts.isClaimed() ? null : valid()
      return found === null ? null : render(found)
    },
    renew,
    check,
    async claim({ code, name, password }) {
      check(code)
      isClaiming = true
      try {
        // A password that will not do must not cost the code.
        await checkPassword(password, name.toLowerCase())
        const user = await accounts.create({ name, role: 'admin', password }, 'setup')
        await forget()
        return user
      } finally {
        isClaiming = false
      }
    },
    async close() {
      stopSweeping()
      await forget()
    },
  }
}

function render({ code, expiresAt, tries }: Pending): SetupCode {
  return { code, expiresAt, triesLeft: MAX_TRIES - tries }
}

function createCode(): string {
  const letters = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)])
  return [letters.slice(0, 4), letters.slice(4, 8), letters.slice(8)].map((part) => part.join('')).join('-')
}

/** As people type it: any case, with or without hyphens, O for 0. */
function isSame(code: string, typed: string): boolean {
  const plain = (text: string) =>
    text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  const digest = (text: string) => createHash('sha256').update(plain(text)).digest()
  return timingSafeEqual(digest(code), digest(typed))
}

function buildDone(): AppError {
  return new AppError('already_set_up', 'There is an administrator already.')
}

function buildWrong(): AppError {
  return new AppError('setup_code_wrong', 'The setup code is wrong, was tried too often or has run out.')
}

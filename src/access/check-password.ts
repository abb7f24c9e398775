import { AppError } from '../domain/error.ts'
import { normalize } from './password.ts'

const MIN = 8
const MAX = 128

/**
 * Length and the passwords that everybody tries first; no rules of composition, which make passwords worse
 * (NIST SP 800-63B §5.1.1.2). Throws `weak_password`.
 */
export async function checkPassword(password: string, userName: string): Promise<void> {
  const text = normalize(password)
  const length = Array.from(text).length
  if (length < MIN || length > MAX) {
    throw new AppError('weak_password', `A password has ${MIN} to ${MAX} characters.`)
  }
  const lower = text.toLowerCase()
  if (lower === userName) throw new AppError('weak_password', 'The password is the user name.')
  if ((await readCommon()).has(lower)) {
    throw new AppError('weak_password', 'This password is one that everybody tries first.')
  }
}

/** Loaded when the first password is set: most days nobody sets one. */
async function readCommon(): Promise<ReadonlySet<string>> {
  const { COMMON_PASSWORDS } = await import('./common-passwords.ts')
  return new Set(COMMON_PASSWORDS.trim().split(/\s+/))
}

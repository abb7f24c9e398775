/**
 * The seal for state that clients carry for the gateway. Its key is a file of its own: the vault may be locked or get
 * another key while calls are parked. Nothing sealed for clients lives longer than minutes, and the manifests, which are
 * sealed with it too, are written anew from the database; so a key that is lost, damaged or readable by others is simply
 * replaced: what was sealed before no longer counts.
 */
import type { StateSeal } from '../../gateway/ports.ts'
import type { Logger } from '../../system/log.ts'
import { createKey } from '../../system/random.ts'
import { createKeySource } from './key-source.ts'
import { seal, unseal } from './seal.ts'

const BASE64URL = /^[A-Za-z0-9_-]*$/

export function createStateSeal(key: Buffer): StateSeal {
  return {
    seal: (text, about) => seal(key, Buffer.from(text), about).toString('base64url'),
    open(sealed, about) {
      // Buffer.from skips what is no base64url: one text, one meaning.
      if (!BASE64URL.test(sealed)) return null
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.toString('base64url') !== sealed) return null
      return unseal(key, bytes, about)?.toString('utf8') ?? null
    },
  }
}

/** The key in the file at `path`, made where there is none that can be trusted. */
export async function openStateKey(path: string, log: Logger): Promise<Buffer> {
  const source = createKeySource(path, {})
  const { key, problem, absent } = await source.read()
  if (key !== null) return key.bytes
  if (!absent) log.warn('the key for what clients carry is replaced; parked calls are lost', { problem })
  try {
    return (await source.make()).bytes
  } catch (err) {
    log.error('the key for what clients carry cannot be kept; parked calls will not survive a restart', {
      err,
    })
    return createKey()
  }
}

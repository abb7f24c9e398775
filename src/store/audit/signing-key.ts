import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileDurable } from '../../system/files.ts'

const PRIVATE_FILE = 'signing-key.pem'
export const PUBLIC_FILE = 'public-key.pem'

export type SigningKey = {
  readonly id: string
  /** SPKI, PEM: for those who verify elsewhere. */
  readonly publicPem: string
  /** Made just now: there was none. */
  readonly isNew: boolean
  sign(text: string): string
}

/** The Ed25519 key in `dir`, made when there is none; only its owner may read it. */
export async function openSigningKey(dir: string): Promise<SigningKey> {
  const path = join(dir, PRIVATE_FILE)
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const key = found === null ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(found)
  if (found === null) {
    await writeFileDurable(path, key.export({ format: 'pem', type: 'pkcs8' }), 0o600)
  }
  const publicKey = createPublicKey(key)
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' })
  await writeFileDurable(join(dir, PUBLIC_FILE), publicPem, 0o644)
  return {
    id: buildKeyId(publicKey),
    publicPem,
    isNew: found === null,
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  }
}

/** Names a key in what it signed. */
export function buildKeyId(publicKey: KeyObject): string {
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(der).digest('hex').slice(0, 16)
}

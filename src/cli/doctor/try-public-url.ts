import { TLSSocket } from 'node:tls'
import type { HostCheck } from '../../domain/host-check.ts'
import { httpRequest } from '../../system/outbound.ts'
import { checkCertificate, checkPublicUrl } from './build-checks.ts'

const TIMEOUT_MS = 5_000

/** Asks the address that clients use, as they do. */
export async function tryPublicUrl(url: string, now: number): Promise<readonly HostCheck[]> {
  const at = new URL(`${url.replace(/\/$/, '')}/healthz`)
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const { status, body } = await httpRequest({ url: at, method: 'GET', headers: {}, signal })
    const { socket } = body
    const validTo =
      socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : Number.NaN
    body.destroy()
    return [
      checkPublicUrl(url, status === 200 ? null : `it answers ${status}`),
      ...(Number.isNaN(validTo) ? [] : [checkCertificate(validTo, now)]),
    ]
  } catch (error) {
    return [checkPublicUrl(url, error instanceof Error ? error.message : String(error))]
  }
}

/** Asking the issuer whether a token still counts (RFC 7662). */
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { decodeJson, isNestedBeyond } from '../../domain/json.ts'
import { unavailable, type Issuer } from './issuer.ts'
import type { Claims } from './map-claims.ts'
import type { OAuthSettings } from './settings.ts'

/** Null when the token is not active, or not for this place. Throws AppError `issuer_unavailable`. */
export type Introspect = (token: string, audiences: readonly string[]) => Promise<Claims | null>

const MAX_DEPTH = 16
/** Garbage must not become a flood at the issuer: questions on their way at the same time. */
const MAX_PENDING = 64
const answerSchema = z.looseObject({
  active: z.boolean(),
  sub: z.string().optional(),
  client_id: z.string().optional(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
  token_type: z.string().optional(),
})

export function createIntrospection(
  settings: Pick<OAuthSettings, 'issuer' | 'client' | 'clockToleranceSeconds'>,
  issuer: Issuer,
  clock: Clock,
): Introspect {
  const { client, clockToleranceSeconds } = settings
  let pending = 0
  return async (token, audiences) => {
    const { introspection_endpoint: endpoint } = await issuer.read()
    if (endpoint === undefined) throw unavailable('has no introspection endpoint')
    const answer = await ask(endpoint, token)
    if (!answer.active) return null
    const { iss, aud, exp, nbf, token_type, cnf } = answer
    const now = clock.now() / 1000
    const isFine =
      (iss === undefined || iss === settings.issuer) &&
      // An answer that does not say whom the token is for could be about anybody's.
      [aud].flat().some((name) => name !== undefined && audiences.includes(name)) &&
      (exp === undefined || exp + clockToleranceSeconds > now) &&
      (nbf === undefined || nbf - clockToleranceSeconds <= now) &&
      (token_type === undefined || ['bearer', 'access_token'].includes(token_type.toLowerCase())) &&
      cnf === undefined
    return isFine ? { ...answer, sub: answer.sub ?? answer.client_id } : null
  }

  async function ask(endpoint: string, token: string) {
    if (pending >= MAX_PENDING) throw unavailable('is being asked about too many tokens')
    pending++
    try {
      const response = await issuer.fetch(endpoint, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          authorization: renderBasic(client?.id ?? '', client?.secret?.reveal() ?? ''),
        },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      })
      const text = await response.text()
      if (response.status !== 200 || isNestedBeyond(text, MAX_DEPTH)) {
        throw unavailable(`answers an introspection with status ${response.status}`)
      }
      return answerSchema.parse(decodeJson(text))
    } catch (error) {
      if (error instanceof AppError && error.code === 'issuer_unavailable') throw error
      throw unavailable('does not answer an introspection', error)
    } finally {
      pending--
    }
  }
}

/** RFC 6749 §2.3.1: both parts form-encoded first. */
function renderBasic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`
}

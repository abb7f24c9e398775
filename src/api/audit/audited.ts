import type { AuditEntry } from '../../domain/audit.ts'
import { renderError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { RequestFacts } from '../request-facts.ts'

/** Something that is about to be done for somebody. */
export type Act = {
  readonly principal: Principal
  readonly via: AuditEntry['via']
  readonly facts: RequestFacts | undefined
  readonly action: string
  readonly resource: string | null
  readonly details: JsonObject
}

/**
 * Runs `act` between two records. Without the first it does not happen. When the second cannot be written, what
 * happened has happened and is answered as such: the attempt stands, and the platform's log says what is missing.
 * @param judge the details of an answer, and whether it is a failure that was not thrown
 */
export async function audited<T>(
  { audit, onDefect }: Pick<ApiDeps, 'audit' | 'onDefect'>,
  act: Act,
  run: () => Promise<T>,
  judge: (answer: T) => { readonly hasFailed: boolean; readonly details: JsonObject },
): Promise<T> {
  const entry = buildEntry(act)
  audit.record({ ...entry, outcome: 'attempt' })
  const end = (outcome: 'success' | 'failure' | 'denied', details: JsonObject) => {
    try {
      audit.record({ ...entry, outcome, details })
    } catch (error) {
      onDefect(error, entry.requestId ?? '')
    }
  }
  try {
    const answer = await run()
    const { hasFailed, details } = judge(answer)
    end(hasFailed ? 'failure' : 'success', details)
    return answer
  } catch (error) {
    const { code } = renderError(error)
    end(code === 'forbidden' ? 'denied' : 'failure', { code })
    throw error
  }
}

export function buildEntry({ facts, principal, ...rest }: Act): Omit<AuditEntry, 'outcome'> {
  return { ...rest, actor: principal.id, ip: facts?.peer.ip ?? null, requestId: facts?.requestId ?? null }
}

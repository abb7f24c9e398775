import { renderError, type ErrorCode } from '../../domain/error.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import type { ApiDeps } from '../api-deps.ts'
import { endpointOf } from '../endpoint-of.ts'
import { factsOf } from '../request-facts.ts'

/** Is `error` one that turns somebody away, rather than one about what they asked for? */
export function isDenial(error: unknown): boolean {
  return DENIALS.has(renderError(error).code)
}

const DENIALS: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'forbidden'])

/** Writes down that somebody was turned away. */
export async function noteDenied(
  { access, notes }: Pick<ApiDeps, 'access' | 'notes'>,
  request: Request,
  what: Pick<AuditEntry, 'via' | 'action' | 'resource'>,
  error: unknown,
): Promise<void> {
  const { code } = renderError(error)
  const { headers } = request
  // Nobody was found to be nobody; to look again would ask an external issuer twice.
  const caller =
    code === 'unauthenticated'
      ? null
      : await access.authenticateRequest({
          authorization: headers.get('authorization') ?? undefined,
          cookie: headers.get('cookie') ?? undefined,
          at: endpointOf(request),
        })
  const facts = factsOf(request)
  notes.note({
    ...what,
    actor: caller?.principal.id ?? 'nobody',
    ip: facts?.peer.ip ?? null,
    outcome: 'denied',
    requestId: facts?.requestId ?? null,
    details: { code },
  })
}

import type { z } from 'zod'
import { AppError } from '../domain/error.ts'
import { renderProblem } from '../domain/problem.ts'

export function buildProblemResponse(
  error: unknown,
  where: { readonly instance: string; readonly requestId: string; readonly challenge?: string | null },
): Response {
  const problem = renderProblem(error, where)
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (where.challenge) headers.set('www-authenticate', where.challenge)
  if (problem.status === 503) headers.set('retry-after', '1')
  const wait = problem.details?.['retry_after_seconds']
  if (typeof wait === 'number') headers.set('retry-after', String(wait))
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Named in an answer: one must not cost more than the question did, however many fields a stranger invents. */
const MAX_ERRORS = 20
const MAX_PATH = 200

/** Validates `value` from `source` (“body”, “query”); the error names the first fields that are wrong, and how. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, source: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) => {
      const path = [source, ...issue.path.map(String)].join('.').slice(0, MAX_PATH)
      if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message.slice(0, MAX_PATH) }]
      const keys = issue.keys.slice(0, MAX_ERRORS)
      return keys.map((key) => ({ path: `${path}.${key}`.slice(0, MAX_PATH), message: 'is not known here' }))
    })
    .slice(0, MAX_ERRORS)
  const first = errors[0]
  throw new AppError('invalid_request', `${first?.path ?? source}: ${first?.message ?? 'is not valid'}.`, {
    details: { errors },
  })
}

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

/** Validates `value` from `source` (“body”, “query”); the error names every field that is wrong, and how. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, source: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) => {
    const path = [source, ...issue.path.map(String)].join('.')
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is not known here' }))
  })
  const first = errors[0]
  throw new AppError('invalid_request', `${first?.path ?? source}: ${first?.message ?? 'is not valid'}.`, {
    details: { errors },
  })
}

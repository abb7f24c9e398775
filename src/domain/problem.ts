import { ERRORS, renderError, type ErrorCode } from './error.ts'

/** An error over HTTP (RFC 9457): one shape on every path, with nothing in it that is not meant to be seen. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The path that was asked for. */
  readonly instance: string
  readonly code: ErrorCode
  readonly hint: string
  /** Finds what happened in the platform's log. */
  readonly request_id: string
  /** Every field that is wrong, where the input was. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  readonly details?: Readonly<Record<string, unknown>>
}

export function renderProblem(
  error: unknown,
  where: { readonly instance: string; readonly requestId: string },
): Problem {
  const { code, message, hint, details } = renderError(error)
  const { errors, ...rest } = details ?? {}
  return {
    // Where the code is explained, for programs that follow it: the catalogue in our own description.
    type: `/api/openapi.json#/x-error-codes/${code}`,
    title: ERRORS[code].title,
    status: ERRORS[code].status,
    detail: message,
    instance: where.instance,
    code,
    hint,
    request_id: where.requestId,
    ...(Array.isArray(errors) ? { errors: errors as NonNullable<Problem['errors']> } : {}),
    ...(Object.keys(rest).length === 0 ? {} : { details: rest }),
  }
}

import { AppError } from '../domain/error.ts'
import { safeFetch, type FetchRules } from '../system/safe-fetch.ts'

/**
 * The bytes behind an archive's URL, for `receive`. Throws AppError `fetch_refused`, `fetch_failed`, `body_too_large`;
 * the stream throws the latter two.
 */
export async function fetchArchive(
  url: string,
  rules: FetchRules,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await safeFetch({ url, signal }, rules)
  const { status, headers, body } = response
  const declared = Number(headers['content-length'] ?? 0)
  if (status === 200 && !(declared > rules.maxBytes)) return body
  response.discard()
  if (status !== 200) throw new AppError('fetch_failed', `The archive's place answers with status ${status}.`)
  throw new AppError('body_too_large', `The archive is larger than ${rules.maxBytes} bytes.`, {
    hint: 'Send a smaller archive, or raise mcp_hosting.security.max_upload_size_mb.',
    details: { max_bytes: rules.maxBytes },
  })
}

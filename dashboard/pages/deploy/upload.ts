/** The archive goes up by XMLHttpRequest: fetch does not tell how far it is. */
import type { OperationJson } from '../../../src/api/schema/operation.ts'
import type { Problem } from '../../../src/domain/problem.ts'
import { ApiError, buildUrl, UNREACHABLE } from '../../lib/api.ts'
import type { buildRequest } from './build-request.ts'

export type Progress = { readonly sent: number; readonly total: number; readonly bytesPerSecond: number }

export function uploadArchive(
  archive: Blob,
  { config, secrets }: ReturnType<typeof buildRequest>,
  options: {
    readonly isStarted: boolean
    readonly signal: AbortSignal
    readonly onProgress: (progress: Progress) => void
  },
): Promise<OperationJson> {
  const body = new FormData()
  body.set('config', new Blob([JSON.stringify(config)], { type: 'application/json' }))
  if (secrets.length > 0) {
    body.set('secrets', new Blob([JSON.stringify(secrets)], { type: 'application/json' }))
  }
  body.set('archive', archive, 'archive')
  const { promise, resolve, reject } = Promise.withResolvers<OperationJson>()
  const request = new XMLHttpRequest()
  const began = performance.now()
  request.open('POST', buildUrl('/servers', { start: options.isStarted }))
  request.setRequestHeader('accept', 'application/json')
  request.setRequestHeader('x-haivemind-csrf', '1')
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    const seconds = Math.max((performance.now() - began) / 1000, 0.001)
    options.onProgress({ sent: loaded, total, bytesPerSecond: loaded / seconds })
  })
  request.addEventListener('load', () => {
    const answer = parse(request.responseText)
    if (request.status === 202) resolve(answer as OperationJson)
    else reject(new ApiError(request.status, (answer ?? {}) as Partial<Problem>))
  })
  request.addEventListener('error', () =>
    reject(
      new ApiError(0, {
        code: UNREACHABLE as never,
        detail: 'The upload broke off.',
        hint: 'The platform may be restarting; nothing of it is kept. Try again.',
      }),
    ),
  )
  request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
  options.signal.addEventListener('abort', () => request.abort())
  request.send(body)
  return promise
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Texts to vectors at an OpenAI-compatible endpoint: bounded in time and size, and nothing of the answer is believed unseen. */
import { z } from 'zod'
import { collectBytes } from '../domain/collect-bytes.ts'
import { decodeJson } from '../domain/json.ts'
import { MAX_DIMENSIONS } from '../domain/meaning.ts'
import { httpRequest } from '../system/outbound.ts'

export type EndpointSettings = {
  /** Without a slash at the end. */
  readonly baseUrl: string
  readonly model: string
  /** Null: whatever the model has. */
  readonly dimensions: number | null
  readonly readKey: () => Promise<string | null>
}

export type Asked =
  | { readonly kind: 'vectors'; readonly vectors: readonly Float32Array[] }
  /** It does not like what it was given: another try gives the same. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Away, slow, busy or wrong; `retryAfterMs` where it says so itself. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs: number | null }

/** A number of 25 characters for each dimension, and as much again. */
const BYTES_OF_ONE = 50 * MAX_DIMENSIONS
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422])

const answer = z.object({
  data: z.array(z.object({ index: z.int().min(0).optional(), embedding: z.array(z.number()) })),
})

/** Never rejects; a problem holds nothing of what was sent or answered. */
export async function askEndpoint(
  settings: EndpointSettings,
  texts: readonly string[],
  timeoutMs: number,
  closing: AbortSignal,
): Promise<Asked> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)])
  const { model, dimensions } = settings
  const body = JSON.stringify({
    model,
    input: texts,
    encoding_format: 'float',
    ...(dimensions === null ? {} : { dimensions }),
  })
  try {
    const key = await settings.readKey()
    const response = await httpRequest({
      url: new URL(`${settings.baseUrl}/embeddings`),
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
      signal,
    }).catch(() => {
      throw new Error(signal.aborted ? 'it did not answer in time' : 'it cannot be reached')
    })
    if (response.status !== 200) {
      response.body.destroy()
      const problem = `it answered with status ${response.status}`
      if (REFUSALS.has(response.status)) return { kind: 'refused', problem }
      return { kind: 'failed', problem, retryAfterMs: parseWait(response.headers['retry-after']) }
    }
    const bytes = await collectBytes(
      response.body,
      BYTES_OF_ONE * texts.length,
      () => new Error('its answer is too long'),
    ).catch((error: unknown) => {
      response.body.destroy()
      throw signal.aborted ? new Error('it did not answer in time') : error
    })
    return { kind: 'vectors', vectors: readVectors(bytes.toString('utf8'), texts.length, dimensions) }
  } catch (error) {
    return {
      kind: 'failed',
      problem: error instanceof Error ? error.message : 'it failed',
      retryAfterMs: null,
    }
  }
}

/** Throws unless there is one vector for each text, in its place, all of the same size. */
function readVectors(text: string, wanted: number, dimensions: number | null): readonly Float32Array[] {
  const parsed = answer.safeParse(decodeJson(text))
  if (!parsed.success) throw new Error('its answer cannot be read')
  const { data } = parsed.data
  if (data.length !== wanted) throw new Error(`it answered with ${data.length} vectors to ${wanted} texts`)
  const vectors: Float32Array[] = []
  for (const [at, { index = at, embedding }] of data.entries()) {
    if (index >= wanted || vectors[index] !== undefined) throw new Error('its answer names a text twice')
    vectors[index] = new Float32Array(embedding)
  }
  const size = dimensions ?? vectors[0]?.length ?? 0
  const other = vectors.find(({ length }) => length !== size)
  if (other !== undefined) throw new Error(`it answered with ${other.length} dimensions, not ${size}`)
  if (size < 1 || size > MAX_DIMENSIONS) throw new Error(`it answered with ${size} dimensions`)
  return vectors
}

/** Seconds; a date is not worth the trouble. */
function parseWait(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null
}

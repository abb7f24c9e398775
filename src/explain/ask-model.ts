/** One question to a model behind an OpenAI-compatible or Anthropic endpoint; no tools, no stream, bounded in time and size. */
import { z } from 'zod'
import { collectBytes } from '../domain/collect-bytes.ts'
import { decodeJson } from '../domain/json.ts'
import { httpRequest } from '../system/outbound.ts'
import type { Prompt } from './build-prompt.ts'

export const PROVIDERS = ['openai-compatible', 'anthropic'] as const
export type ModelSettings = {
  readonly provider: (typeof PROVIDERS)[number]
  /** Without a slash at the end. */
  readonly baseUrl: string
  readonly model: string
  readonly readKey: () => Promise<string | null>
  readonly timeoutMs: number
  readonly maxTokens: number
}

export type Said = { readonly text: string; readonly tokens: number }

const MAX_ANSWER_BYTES = 256 * 1024

const count = z.int().min(0).catch(0)
const openAi = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: z.object({ total_tokens: count }).catch({ total_tokens: 0 }),
})
const anthropic = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })).min(1),
  usage: z.object({ input_tokens: count, output_tokens: count }).catch({ input_tokens: 0, output_tokens: 0 }),
})

/** Rejects with an error whose message may be shown: it holds nothing of what was sent or answered. */
export async function askModel(settings: ModelSettings, prompt: Prompt, signal: AbortSignal): Promise<Said> {
  const { provider, baseUrl, model, maxTokens } = settings
  const key = await settings.readKey()
  const isAnthropic = provider === 'anthropic'
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' }
  if (isAnthropic) headers['anthropic-version'] = '2023-06-01'
  if (key !== null && isAnthropic) headers['x-api-key'] = key
  if (key !== null && !isAnthropic) headers['authorization'] = `Bearer ${key}`
  const user = { role: 'user', content: prompt.user }
  const body = isAnthropic
    ? { model, max_tokens: maxTokens, system: prompt.system, messages: [user] }
    : { model, max_tokens: maxTokens, messages: [{ role: 'system', content: prompt.system }, user] }
  const url = new URL(`${baseUrl}${isAnthropic ? '/v1/messages' : '/chat/completions'}`)
  const text = await post(url, headers, JSON.stringify(body), signal)
  return isAnthropic ? readAnthropic(text) : readOpenAi(text)
}

async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const response = await httpRequest({
    url,
    method: 'POST',
    headers: { ...headers, ...length },
    body,
    signal,
  }).catch(() => {
    throw new Error(signal.aborted ? 'the model did not answer in time' : 'the model cannot be reached')
  })
  if (response.status !== 200) {
    response.body.destroy()
    throw new Error(`the model answered with status ${response.status}`)
  }
  try {
    const bytes = await collectBytes(
      response.body,
      MAX_ANSWER_BYTES,
      () => new Error('the answer of the model is too long'),
    )
    return bytes.toString('utf8')
  } catch (error) {
    response.body.destroy()
    if (signal.aborted) throw new Error('the model did not answer in time', { cause: error })
    throw error
  }
}

const UNREADABLE = 'the answer of the model cannot be read'

function readOpenAi(text: string): Said {
  const { data } = openAi.safeParse(decodeJson(text))
  if (data === undefined) throw new Error(UNREADABLE)
  return { text: data.choices[0]!.message.content, tokens: data.usage.total_tokens }
}

function readAnthropic(text: string): Said {
  const { data } = anthropic.safeParse(decodeJson(text))
  if (data === undefined) throw new Error(UNREADABLE)
  const { input_tokens: read, output_tokens: written } = data.usage
  return { text: data.content.map((part) => part.text).join(''), tokens: read + written }
}

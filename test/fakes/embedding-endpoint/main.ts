/**
 * An OpenAI-compatible `/v1/embeddings` as a program of its own, with the trouble that real ones make. Words that mean
 * the same share a direction, so that what a question finds can be said beforehand.
 *
 *     node main.ts PORT --quirks quirks.json --received received.jsonl
 *
 * `quirks.json` is read at each request: `{"kind": …, "word": …}`, see below. What arrived stands in `received.jsonl`.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quirks: { type: 'string' }, received: { type: 'string' } },
})
if (values.quirks === undefined || values.received === undefined) throw new Error('--quirks and --received')

const DIMENSIONS = 64
const MEANINGS: readonly (readonly string[])[] = [
  ['memory', 'ram', 'heap', 'oom'],
  ['crash', 'crashed', 'died', 'ended', 'failed', 'fell'],
  ['slow', 'latency', 'sluggish', 'delay'],
  ['login', 'password', 'credentials', 'signin'],
  ['disk', 'storage', 'space', 'full'],
  ['network', 'connection', 'unreachable', 'offline'],
]

type Quirk = { readonly kind?: string; readonly word?: string; readonly dimensions?: number }

const readQuirk = (): Quirk =>
  existsSync(values.quirks!) ? (JSON.parse(readFileSync(values.quirks!, 'utf8')) as Quirk) : {}

function embed(text: string, dimensions: number): number[] {
  const vector = Array.from<number>({ length: dimensions }).fill(0)
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const meaning = MEANINGS.findIndex((words) => words.includes(word))
    const place = meaning === -1 ? hash(word) % (dimensions - 8) : dimensions - 8 + meaning
    vector[place]! += meaning === -1 ? 0.2 : 1
  }
  // As models do: everything points a little into one direction.
  vector[dimensions - 1] = 0.1
  return vector
}

function hash(word: string): number {
  let sum = 7
  for (const letter of word) sum = (sum * 31 + letter.codePointAt(0)!) % 1_000_003
  return sum
}

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
  request.on('end', () => {
    const { input, model } = JSON.parse(body) as { readonly input: readonly string[]; readonly model: string }
    const { authorization = null } = request.headers
    appendFileSync(
      values.received!,
      `${JSON.stringify({ path: request.url, model, authorization, input })}\n`,
    )
    const { kind = '', word = '', dimensions = DIMENSIONS } = readQuirk()
    const send = (data: unknown) => response.end(JSON.stringify({ object: 'list', model, data }))
    const vectors = (texts: readonly string[], size: number) =>
      texts.map((text, index) => ({ object: 'embedding', index, embedding: embed(text, size) }))
    // What is right comes in no particular order.
    const right = vectors(input, dimensions).toReversed()
    switch (kind) {
      case 'silent':
        return
      case 'reset':
        return void request.socket.destroy()
      case 'busy':
        return void response.writeHead(429, { 'retry-after': '7' }).end('later')
      case 'broken':
        return void response.writeHead(500).end(`no: ${input[0]}`)
      case 'redirect':
        return void response.writeHead(307, { location: '/elsewhere' }).end()
      case 'garbage':
        return void response.end('<html>not this</html>')
      case 'endless': {
        response.write('{"data":[')
        const more = () => {
          while (response.write(' '.repeat(65_536))) continue
        }
        response.on('drain', more)
        return more()
      }
      case 'too_many':
        return void send(vectors([...input, 'more'], dimensions))
      case 'twice':
        return void send(right.map((one) => ({ ...one, index: 0 })))
      case 'mixed':
        return void send([...right.slice(1), ...vectors([input.at(-1) ?? ''], dimensions + 1)])
      case 'null':
        return void send(right.map((one) => ({ ...one, embedding: one.embedding.map(() => null) })))
      case 'zero':
        return void send(right.map((one) => ({ ...one, embedding: one.embedding.map(() => 0) })))
      case 'refuses':
        if (input.some((text) => text.includes(word))) return void response.writeHead(400).end(`no: ${word}`)
        return void send(right)
      case 'refuses_all':
        return void response.writeHead(400).end('no such model')
      default:
        return void send(right)
    }
  })
})
server.listen(Number(positionals[0] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : address)
})

/** A collector for OTLP over HTTP, as a process of its own: it keeps what it gets, and says so at GET /received. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { NODE } from './platform.ts'

export type Span = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}
type Received = {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface Collector {
  readonly url: string
  received(): Promise<readonly Received[]>
  spans(): Promise<readonly Span[]>
  /** Answers so from now on; 200 takes what comes. */
  answer(status: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const child = spawn(NODE, [import.meta.filename], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { value: port } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const url = `http://127.0.0.1:${String(port)}`
  const received = async () => (await (await fetch(`${url}/received`)).json()) as Received[]
  return {
    url,
    received,
    async spans() {
      const bodies = (await received()).filter(({ path }) => path === '/v1/traces').map(({ body }) => body)
      return (bodies as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }[]).flatMap(
        ({ resourceSpans }) =>
          resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      )
    },
    async answer(status) {
      await fetch(`${url}/answer/${status}`)
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    },
  }
}

async function read(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

if (import.meta.main) {
  const kept: unknown[] = []
  let status = 200
  const server = createServer((req, res) => {
    const path = req.url ?? ''
    void read(req).then((text) => {
      if (path === '/received') return res.end(JSON.stringify(kept))
      if (path.startsWith('/answer/')) {
        status = Number(path.slice('/answer/'.length))
        return res.end()
      }
      if (status === 200) kept.push({ path, headers: req.headers, body: JSON.parse(text) as unknown })
      return res.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
}

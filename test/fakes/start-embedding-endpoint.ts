/** Starts the endpoint of test/fakes/embedding-endpoint, kills it and starts it again at the same place. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, 'embedding-endpoint', 'main.ts')

export type EmbeddingRequest = {
  readonly path: string
  readonly model: string
  readonly authorization: string | null
  readonly input: readonly string[]
}

export interface EmbeddingEndpoint {
  /** As a configuration has it. */
  readonly baseUrl: string
  received(): readonly EmbeddingRequest[]
  /** From the next request on; `{}`: none. */
  quirk(quirk: { readonly kind?: string; readonly word?: string; readonly dimensions?: number }): void
  kill(): Promise<void>
  start(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startEmbeddingEndpoint(): Promise<EmbeddingEndpoint> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-embeddings-'))
  const quirks = join(folder, 'quirks.json')
  const received = join(folder, 'received.jsonl')
  let child: ChildProcess | null = null
  let exited: Promise<unknown> = Promise.resolve()
  let port = '0'
  const start = async () => {
    const started = spawn(process.execPath, [MAIN, port, '--quirks', quirks, '--received', received], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = started
    exited = once(started, 'exit')
    const [line] = (await Promise.race([
      once(started.stdout, 'data'),
      exited.then(() => Promise.reject(new Error('the endpoint did not start'))),
    ])) as [Buffer]
    port = String(line).trim()
  }
  const kill = async () => {
    child?.kill('SIGKILL')
    await exited
  }
  await start()
  return {
    get baseUrl() {
      return `http://127.0.0.1:${port}/v1`
    },
    received: () =>
      (existsSync(received) ? readFileSync(received, 'utf8') : '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as EmbeddingRequest),
    quirk(quirk) {
      writeFileSync(`${quirks}.new`, JSON.stringify(quirk))
      renameSync(`${quirks}.new`, quirks)
    },
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

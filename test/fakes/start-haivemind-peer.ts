/** Starts the hub of test/fakes/haivemind-peer, kills it and starts it again at the same place. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HubMemory } from './haivemind-peer/hub-store.ts'

const MAIN = join(import.meta.dirname, 'haivemind-peer', 'main.ts')

export type HubCall = { readonly name: string; readonly args: Readonly<Record<string, unknown>> }

export interface HaivemindPeer {
  readonly url: string
  /** For a client that starts it itself. */
  readonly command: readonly string[]
  /** What arrived, in this order. */
  received(): readonly HubCall[]
  /** What it keeps. */
  kept(): readonly HubMemory[]
  start(...options: readonly string[]): Promise<void>
  kill(): Promise<void>
  /** Stops it as it is: connections stay, nothing answers. */
  freeze(): void
  /** It ended by itself. */
  ended(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** @param options of the program; it listens when this resolves */
export async function startHaivemindPeer(...options: readonly string[]): Promise<HaivemindPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-hub-'))
  const files = ['--store', join(folder, 'store.json'), '--received', join(folder, 'received.jsonl')]
  const readIfThere = (name: string) => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  let child: ChildProcess | null = null
  let exited: Promise<unknown> = Promise.resolve()
  let port = '0'
  const start = async (...more: readonly string[]) => {
    const started = spawn(process.execPath, [MAIN, 'sse', port, ...files, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = started
    exited = once(started, 'exit')
    const [line] = (await Promise.race([
      once(started.stdout, 'data'),
      exited.then(() => Promise.reject(new Error('the hub did not start'))),
    ])) as [Buffer]
    port = String(line).trim()
  }
  const kill = async () => {
    child?.kill('SIGKILL')
    await exited
  }
  await start(...options)
  return {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    command: [process.execPath, MAIN, 'stdio', ...files, ...options],
    received: () =>
      readIfThere('received.jsonl')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as HubCall),
    kept: () => JSON.parse(readIfThere('store.json') || '[]') as HubMemory[],
    start,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    ended: async () => void (await exited),
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

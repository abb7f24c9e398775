/** A server beside the attacked one, which must not notice anything. */
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../domain/error.ts'
import { imageOf } from '../disk/volume.ts'
import type { SandboxHost } from '../open-host.ts'
import { attack, parseJson } from './attack.ts'
import { NEIGHBOUR } from './hogs.ts'

export interface Neighbour {
  /** Of its payload, on the host. */
  readonly pid: number
  readonly uid: number
  readonly port: number
  readonly name: string
  /** Where its data lies on the host. */
  readonly files: readonly string[]
  /** Does it still live, and is its file as it wrote it? */
  check(): Promise<{ readonly beats: boolean; readonly canary: boolean }>
  close(): Promise<void>
}

const DEADLINE_MS = 20_000
const BEAT_DEADLINE_MS = 5000
const LIMITS = { memoryMb: 64, cpuPercent: 100, maxProcesses: 32, diskMb: 16 }
const PORT = z.object({ port: z.number() })
const BEAT = z.object({ beat: z.number(), canary: z.boolean() })

export async function openNeighbour(
  host: SandboxHost,
  dir: string,
  given: { readonly mark: string; readonly canary: string; readonly uid: number | null },
): Promise<Neighbour> {
  const name = `${given.mark}-neighbour`
  const stop = new AbortController()
  const ready = Promise.withResolvers<number>()
  let pid = 0
  let last: z.infer<typeof BEAT> = { beat: -1, canary: false }
  let onBeat = (): void => undefined
  let isOver = false
  const life = attack(host, dir, {
    name: 'neighbour',
    program: NEIGHBOUR,
    about: { canary: given.canary, neighbour_name: name },
    uid: given.uid,
    limits: LIMITS,
    timeoutSeconds: 240,
    signal: stop.signal,
    onLine(line) {
      const document = parseJson(line)
      const port = PORT.safeParse(document).data?.port
      if (port !== undefined) ready.resolve(port)
      const beat = BEAT.safeParse(document).data
      if (beat === undefined) return
      last = beat
      onBeat()
    },
    async beforeGo({ payload }) {
      pid = payload.pid
      return undefined
    },
  })
  life.then(
    ({ lines }) => {
      isOver = true
      const why = lines.slice(-3).join(' ') || 'it said nothing'
      ready.reject(new AppError('sandbox_failed', `The neighbour of the self-test ended: ${why}`))
    },
    (error: unknown) => {
      isOver = true
      ready.reject(error)
    },
  )
  const cancel = host.clock.after(DEADLINE_MS, () =>
    ready.reject(new AppError('sandbox_failed', 'The neighbour of the self-test did not come up.')),
  )
  const close = async () => {
    stop.abort()
    await life.catch(() => undefined)
  }
  try {
    const port = await ready.promise
    const dataDir = join(dir, 'data', 'neighbour')
    return {
      pid,
      uid: given.uid ?? process.getuid?.() ?? 0,
      port,
      name,
      files: [
        join(dataDir, 'canary'),
        imageOf(dataDir),
        `/proc/${pid}/root/data/canary`,
        `/proc/${pid}/cwd/version.txt`,
      ],
      async check() {
        const beat = await new Promise<boolean>((resolve) => {
          const give = host.clock.after(BEAT_DEADLINE_MS, () => resolve(false))
          onBeat = () => {
            give()
            resolve(true)
          }
        })
        return { beats: beat && !isOver, canary: last.canary }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  } finally {
    cancel()
  }
}

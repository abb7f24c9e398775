/** A hAIveMind that is a program: one message a line. It is the operator's own and runs as the platform does. */
import { createInterface } from 'node:readline'
import { spawnProcess } from '../../system/spawn.ts'
import { parseMessage } from './http-place.ts'
import { MAX_MESSAGE_BYTES, type OpenWire } from './wire.ts'

const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ'] as const

export function createStdioOpener(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): OpenWire {
  return async (handlers) => {
    const passed = PASSED_ON.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const child = spawnProcess(command, {
      environment: Object.fromEntries(passed),
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    })
    const { stdin, stdout } = child
    if (stdin === null || stdout === null) throw new Error('cannot be started')
    const started = Promise.withResolvers<void>()
    let ended = false
    const end = (why: string) => {
      if (ended) return
      ended = true
      started.reject(new Error(why))
      child.kill('SIGKILL')
      handlers.onEnd(why)
    }
    child.once('error', (error) => end(`cannot be started: ${error.message}`))
    child.once('spawn', () => started.resolve())
    child.once('exit', (code, signal) => end(`ended (${signal ?? `status ${code}`})`))
    stdin.on('error', () => end('takes no messages any more'))
    let unread = 0
    stdout.on('data', (chunk: Buffer) => {
      const newline = chunk.lastIndexOf(10)
      unread = newline < 0 ? unread + chunk.length : chunk.length - newline
      if (unread > MAX_MESSAGE_BYTES) end('sent more than a message may hold')
    })
    createInterface({ input: stdout }).on('line', (line) => {
      const message = parseMessage(line)
      if (message !== null) handlers.onMessage(message)
    })
    await started.promise
    return {
      send: (message) =>
        new Promise((resolve, reject) => {
          if (ended) return reject(new Error('has ended'))
          stdin.write(`${JSON.stringify(message)}\n`, (error) => {
            if (error) reject(error)
            else resolve()
          })
        }),
      close: () => end('was closed'),
    }
  }
}

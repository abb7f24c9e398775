/** A process that is none: a program of FAKE_PROGRAMS behind streams that, like FIFOs, outlive their reader. */
import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Clock } from '../../src/domain/clock.ts'
import type { ExitCause } from '../../src/domain/server-state.ts'
import type { InstanceEnd } from '../../src/runtime/ports.ts'
import type { FakeIo, FakeProgram } from './fake-programs.ts'

export type FakeProcess = {
  readonly pid: number
  readonly ended: Promise<InstanceEnd>
  isAlive(): boolean
  attach(): { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable }
  detach(): void
  stop(cause: ExitCause, detail: string, graceMs: number): Promise<InstanceEnd>
  /** SIGKILL from outside, of which nobody was told. */
  kill(): void
  /** It is gone, and its end is never told. */
  vanish(): void
  /** What a writer meets whose reader is gone: EPIPE on stdin, a moment before the end is seen, or for good. */
  breakInput(): void
}

type Ending = Pick<InstanceEnd, 'cause' | 'code' | 'signal' | 'detail' | 'hint'>

export function createFakeProcess(program: FakeProgram, pid: number, clock: Clock): FakeProcess {
  const { promise: ended, resolve } = Promise.withResolvers<InstanceEnd>()
  let alive = true
  let reading = program.readsLater !== true
  let wish: { readonly cause: ExitCause; readonly detail: string } | null = null
  let input: PassThrough | null = null
  let ends: { readonly stdout: PassThrough; readonly stderr: PassThrough } | null = null
  // What nobody reads waits, as in a FIFO.
  let unread = { stdout: '', stderr: '' }
  let lines = ''

  const write = (name: 'stdout' | 'stderr', text: string) => {
    if (!alive) return
    if (ends === null) unread[name] += text
    else ends[name].write(text)
  }
  const end = (ending: Ending) => {
    if (!alive) return
    alive = false
    ends?.stdout.end()
    ends?.stderr.end()
    const told = wish === null ? ending : { ...ending, ...wish }
    resolve({ ...told, at: clock.now() })
  }
  const exit = (code: number) =>
    end({ cause: 'exited', code, signal: null, detail: `It ended by itself with code ${code}.`, hint: null })
  const signalled = (signal: string, detail: string) =>
    end({ cause: 'signalled', code: null, signal, detail, hint: null })

  const io: FakeIo = {
    write: (text) => write('stdout', text),
    warn: (text) => write('stderr', text),
    exit,
    runOutOfMemory: () =>
      end({
        cause: 'out_of_memory',
        code: null,
        signal: 'SIGKILL',
        detail: 'It took more memory than it may.',
        hint: null,
      }),
    after: (milliseconds, task) => void clock.after(milliseconds, task),
    beginReading() {
      reading = true
      readLines()
    },
  }
  const readLines = () => {
    if (!reading) return
    const whole = lines.split('\n')
    lines = whole.pop() ?? ''
    // What a process left unread when it ended is lost.
    for (const line of whole) if (alive) program.onLine?.(line, io)
  }
  setImmediate(() => program.start?.(io))

  return {
    pid,
    ended,
    isAlive: () => alive,
    attach() {
      const stdin = new PassThrough()
      input = stdin
      stdin.on('data', (chunk: Buffer) => {
        lines += chunk.toString('utf8')
        readLines()
      })
      const attached = { stdout: new PassThrough(), stderr: new PassThrough() }
      ends = attached
      attached.stdout.write(unread.stdout)
      attached.stderr.write(unread.stderr)
      unread = { stdout: '', stderr: '' }
      return { stdin, ...attached }
    },
    detach() {
      ends = null
    },
    stop(cause, detail, graceMs) {
      if (alive && wish === null) {
        wish = { cause, detail }
        if (program.ignoresTerm === true) clock.after(graceMs, () => signalled('SIGKILL', 'Killed.'))
        else setImmediate(() => signalled('SIGTERM', 'Terminated.'))
      }
      return ended
    },
    vanish() {
      alive = false
    },
    breakInput: () => void input?.emit('error', new Error('write EPIPE')),
    kill: () => signalled('SIGKILL', 'It was killed from outside by SIGKILL.'),
  }
}

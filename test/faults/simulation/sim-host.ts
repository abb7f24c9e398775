/** The machine under a simulation: processes that outlive daemons, and what they leave behind. */
import { PassThrough } from 'node:stream'
import type { InstanceEnd, LedgerRow } from '../../../src/runtime/ports.ts'
import type { SimClock } from './sim-clock.ts'

export type Temper = {
  /** Until `initialize` is answered; null: never. */
  readonly answersAfterMs: number | null
  /** It ends by itself so long after its start; null: it does not. */
  readonly endsAfterMs: number | null
  readonly ignoresTerm: boolean
  readonly answersPings: boolean
}

export interface SimProcess {
  readonly row: LedgerRow
  readonly pid: number
  readonly temper: Temper
  isAlive(): boolean
  /** Before that nothing of the server has run. */
  isLetIn(): boolean
  letIn(): void
  end(ending: Pick<InstanceEnd, 'cause' | 'code' | 'signal' | 'detail'>): void
  ending(): Pick<InstanceEnd, 'cause' | 'code' | 'signal' | 'detail'> | null
  onEnd(listener: () => void): void
  attach(): { readonly stdin: PassThrough; readonly stdout: PassThrough; readonly stderr: PassThrough }
  detach(): void
}

export type SimHost = {
  readonly clock: SimClock
  readonly processes: Map<string, SimProcess>
  /** Run directories and control groups, by token. */
  readonly traces: Set<string>
  bootId: string
  spawn(row: LedgerRow, temper: Temper): SimProcess
  /** The machine goes down and comes up again. */
  reboot(): void
}

const RESULT = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'simulated', version: '1' },
}

export function createSimHost(clock: SimClock): SimHost {
  let pids = 1000
  let boots = 1
  const host: SimHost = {
    clock,
    processes: new Map(),
    traces: new Set(),
    bootId: 'boot-1',
    spawn(row, temper) {
      const process = createSimProcess(clock, row, ++pids, temper)
      host.processes.set(row.token, process)
      host.traces.add(row.token)
      return process
    },
    reboot() {
      host.bootId = `boot-${++boots}`
      for (const process of host.processes.values())
        process.end({ cause: 'signalled', code: null, signal: 'SIGKILL', detail: 'The machine went down.' })
    },
  }
  return host
}

function createSimProcess(clock: SimClock, row: LedgerRow, pid: number, temper: Temper): SimProcess {
  let ending: ReturnType<SimProcess['ending']> = null
  let isIn = false
  let out: PassThrough | null = null
  let err: PassThrough | null = null
  const listeners: (() => void)[] = []

  const write = (message: object) => void out?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const read = (line: string) => {
    const { id, method } = JSON.parse(line) as { readonly id?: unknown; readonly method?: string }
    if (ending !== null || id === undefined) return
    if (method === 'initialize') {
      if (temper.answersAfterMs === null) return
      clock.after(temper.answersAfterMs, () => {
        if (ending === null) write({ id, result: RESULT })
      })
    } else if (method === 'ping') {
      if (temper.answersPings) write({ id, result: {} })
    } else write({ id, error: { code: -32601, message: 'Method not found' } })
  }

  const self: SimProcess = {
    row,
    pid,
    temper,
    isAlive: () => ending === null,
    isLetIn: () => isIn,
    letIn() {
      isIn = true
      if (temper.endsAfterMs === null) return
      clock.after(temper.endsAfterMs, () =>
        self.end({ cause: 'exited', code: 3, signal: null, detail: 'It ended by itself with code 3.' }),
      )
    },
    end(how) {
      if (ending !== null) return
      ending = how
      out?.end()
      err?.end()
      for (const listener of listeners) listener()
    },
    ending: () => ending,
    onEnd: (listener) => void listeners.push(listener),
    attach() {
      const stdin = new PassThrough()
      const streams = { stdin, stdout: new PassThrough(), stderr: new PassThrough() }
      let rest = ''
      stdin.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) read(line)
      })
      out = streams.stdout
      err = streams.stderr
      return streams
    },
    detach() {
      out = null
      err = null
    },
  }
  return self
}

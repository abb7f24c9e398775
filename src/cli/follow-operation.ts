/** Watches a deployment until it ends: one line a stage on stderr, redrawn on a terminal. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationJson } from '../api/schema/operation.ts'
import type { Client } from './client.ts'
import type { Printer } from './print.ts'

type Stage = OperationJson['stages'][number]

const POLL_MS = 100
const CLEAR_LINE = '\r\u001b[K'

export async function followOperation(
  client: Client,
  id: string,
  print: Printer,
  signal: AbortSignal,
): Promise<OperationJson> {
  const told = new Set<string>()
  for (;;) {
    const operation = await client.get<OperationJson>(`/operations/${id}`)
    for (const stage of operation.stages) {
      if (told.has(stage.stage) || !isOver(stage)) continue
      told.add(stage.stage)
      if (print.live) print.redraw(CLEAR_LINE)
      print.note(renderStage(stage))
    }
    if (operation.status !== 'running') return operation
    const current = operation.stages.find((stage) => stage.status === 'running')
    if (print.live && current !== undefined) print.redraw(`${CLEAR_LINE}  ${current.stage} …`)
    await sleep(POLL_MS, undefined, { signal })
  }
}

function isOver({ status }: Stage): boolean {
  return status !== 'pending' && status !== 'running'
}

/** `install    succeeded  1840 ms  npm ci: 3 packages` */
function renderStage({ stage, status, seconds, note }: Stage): string {
  const time = seconds === null ? '' : `${Math.round(seconds * 1000)} ms`
  return `${stage.padEnd(8)}  ${status.padEnd(9)}  ${time.padStart(8)}  ${note ?? ''}`.trimEnd()
}

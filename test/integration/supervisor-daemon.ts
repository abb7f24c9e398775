/**
 * A process that holds the supervisor as the daemon does, to be killed: `supervisor-daemon.ts <data dir> <generation>`.
 * Prints one JSON line when it has recovered, then one for each request line it reads.
 */
import { createInterface } from 'node:readline'
import type { ServerId } from '../../src/domain/id.ts'
import { openRealWorld } from './supervisor-world.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'

const MAIN = buildMainKey('legacy')

const [dataDir = '', generation = '1'] = process.argv.slice(2)
const world = await openRealWorld(dataDir, Number(generation))
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

type Request = {
  readonly do: 'reach' | 'call' | 'facts' | 'close'
  readonly id: ServerId
  readonly text: string
}

async function perform(request: Request): Promise<unknown> {
  const { supervisor } = world
  if (request.do === 'reach') return world.reach(request.id, 'running')
  if (request.do === 'facts') return supervisor.facts(request.id)
  if (request.do === 'close') {
    await world.close(request.text === 'stop' ? 'stop' : 'handover')
    process.exit(0)
  }
  const connection = await supervisor.open(request.id, MAIN, AbortSignal.timeout(10_000))
  return new Promise((resolve, reject) => {
    const params = { name: 'echo', arguments: { message: request.text } }
    connection.request('tools/call', params, { onResponse: resolve, onLost: reject })
  })
}

say(await world.supervisor.recover())
for await (const line of createInterface({ input: process.stdin })) {
  say(await perform(JSON.parse(line) as Request).catch((error: unknown) => ({ failed: String(error) })))
}

/**
 * The gateway as the platform runs it: real listener, connection, tokens and database; only sandbox and supervisor are
 * missing, which no call passes through. Prints its port and a token.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccess } from '../../src/access/open-access.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { openStore } from '../../src/store/open-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { startListener } from '../../src/system/listen.ts'
import { createLogger } from '../../src/system/log.ts'
import { createProcessUpstreams, idOf } from '../fakes/upstreams.ts'
import { answerCpuQuestions } from './relay-cpu.ts'

const logger = createLogger(process.stderr, 'warn')
const dir = await mkdtemp(join(tmpdir(), 'relay-bench-'))
const store = openStore(join(dir, 'bench.db'), { clock: systemClock, log: logger })
const access = await openAccess({ tokens: store.tokens, clock: systemClock, events: store.events })
const nobody = { id: 'local', name: 'bench', grants: [] }
const { text } = await access.createToken({ name: 'bench', grants: ['mcp:call'], expiresInDays: 1 }, nobody)
await store.servers.create({
  id: idOf('echo'),
  name: 'echo',
  desired: 'running',
  activeVersion: null,
  uid: null,
  overrides: {},
  lastState: { kind: 'stopped', lastExit: null },
  restarts: 0,
  createdAt: 0,
  updatedAt: 0,
})
const upstreams = createProcessUpstreams({
  echo: [process.execPath, join(import.meta.dirname, 'relay-echo.mjs')],
})
const gateway = createGateway({
  upstreams,
  sessions: store.sessions,
  calls: store.calls,
  principals: access,
  clock: systemClock,
  logger,
})
const listener = await startListener({
  host: '127.0.0.1',
  port: 0,
  handlers: [(req, res) => gateway.handle(req, res)],
  app: () => new Response('not the gateway', { status: 404 }),
})
process.stdout.write(`${listener.port} ${text}\n`)
answerCpuQuestions()

// The benchmark ends this process by closing its stdin.
process.stdin.once('end', () => {
  const end = async () => {
    await gateway.close()
    await listener.close(0)
    await access.close()
    await upstreams.close()
    store.close()
    await rm(dir, { recursive: true })
    process.stdin.unref()
  }
  void end()
})

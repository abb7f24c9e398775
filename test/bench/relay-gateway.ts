/** The gateway as the platform runs it: real listener and connection, stores in memory. Prints its port. */
import { join } from 'node:path'
import { startGatewayHost } from '../fakes/gateway-host.ts'
import { createProcessUpstreams } from '../fakes/upstreams.ts'
import { answerCpuQuestions } from './relay-cpu.ts'

const upstreams = createProcessUpstreams({
  echo: [process.execPath, join(import.meta.dirname, 'relay-echo.mjs')],
})
const host = await startGatewayHost({ upstreams, keepCalls: false })
process.stdout.write(`${new URL(host.origin).port}\n`)
answerCpuQuestions()

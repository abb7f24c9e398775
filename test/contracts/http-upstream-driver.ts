/** Asks the server at the URL that it is given everything that the suite looks at, over the way to a server in its sandbox. */
import { connect } from 'node:net'
import type { JsonObject } from '../../src/domain/json.ts'
import { createHttpConnection } from '../../src/runtime/instance/http/http-connection.ts'
import { startDiscovery } from '../../src/runtime/instance/modern/discover.ts'
import { createModernConnection } from '../../src/runtime/instance/modern/modern-connection.ts'
import { systemClock } from '../../src/system/clock.ts'

const target = new URL(process.argv.at(-1) ?? '')
const port = Number(target.port)
const base = createHttpConnection({
  server: 'suite',
  daemonGeneration: 1,
  endpoint: {
    port,
    path: target.pathname,
    healthPath: null,
    open: async () => connect(port, target.hostname),
    readSession: async () => null,
    writeSession: () => {},
  },
  initializeParams: {},
  protocolVersion: null,
  clock: systemClock,
  redactor: null,
  onNoise: () => {},
  onDefect: (error) => {
    throw error
  },
})
await new Promise((resolve, reject) => {
  startDiscovery(base, '1', { onReady: resolve, onRefused: reject })
})
const connection = createModernConnection(base, {
  capabilities: {},
  platformVersion: '1',
  clock: systemClock,
  pings: false,
})
const ask = (method: string, params?: JsonObject) =>
  new Promise<JsonObject>((resolve, reject) => {
    connection.request(method, params, { onResponse: resolve, onLost: reject })
  })
const list = async (kind: string): Promise<readonly JsonObject[]> => {
  const result = (await ask(`${kind}/list`))['result'] as JsonObject | undefined
  return (result?.[kind] ?? []) as readonly JsonObject[]
}

for (const { name = '' } of await list('tools')) await ask('tools/call', { name, arguments: {} })
for (const { uri = '' } of await list('resources')) await ask('resources/read', { uri })
for (const { name = '' } of await list('prompts')) await ask('prompts/get', { name })
process.exit(0)

/**
 * Runs for a moment inside a sandbox's network namespace: opens the proxy's listener there and hands it to the
 * daemon, which serves it from outside. Nothing of the proxy is inside the sandbox.
 */
import { createServer } from 'node:net'
import { PROXY_HOST, PROXY_PORT } from './proxy-address.ts'

const server = createServer()
server.once('error', (error) => {
  process.send?.({ error: error.message }, () => process.disconnect?.())
})
server.listen({ host: PROXY_HOST, port: PROXY_PORT, backlog: 128 }, () => {
  // Once the message is out the daemon holds the listener; closing ours leaves it open.
  process.send?.({ listening: true }, server, {}, () => {
    server.close()
    process.disconnect?.()
  })
})

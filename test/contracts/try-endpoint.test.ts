/** The platform as a client of its own endpoints: what it says of good ones, and of what is none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tryEndpoint } from '../../src/gateway/try-endpoint.ts'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams } from '../fakes/upstreams.ts'

let host: GatewayHost

beforeEach(async () => {
  host = await startGatewayHost({ upstreams: createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly) })
})
afterEach(() => host.close())

it('speaks both generations and counts the tools', async () => {
  const { eras } = await tryEndpoint(host.url('mem'), TOKEN)
  expect(eras).toMatchObject([
    { era: 'modern', protocolVersion: '2026-07-28', problem: null },
    { era: 'legacy', protocolVersion: '2025-11-25', problem: null },
  ])
  expect(eras[0]?.tools).toBe(eras[1]?.tools)
  expect(eras[0]?.tools).toBeGreaterThan(0)
})

it('says so where it is not let in', async () => {
  const { eras } = await tryEndpoint(host.url('mem'), 'hvm_wrong')
  for (const { tools, problem } of eras) {
    expect(tools).toBeNull()
    expect(problem).toMatch(/is answered by 401/)
  }
})

it('says so where something else answers, sends away, or nobody is there; a redirect gets no token', async () => {
  const asked: string[] = []
  const other = createServer((req, res) => {
    asked.push(req.url ?? '')
    if (req.url === '/away') res.writeHead(302, { location: '/elsewhere' }).end()
    else res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works</h1>')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const problems = async (path: string) =>
    (await tryEndpoint(`http://127.0.0.1:${port}${path}`, TOKEN)).eras.map(({ problem }) => problem)
  expect(await problems('/page')).toEqual([
    'What answers server/discover is no MCP endpoint.',
    'What answers initialize is no MCP endpoint.',
  ])
  expect(await problems('/away')).toEqual([
    'server/discover is answered by 302, which sends clients to /elsewhere',
    'initialize is answered by 302, which sends clients to /elsewhere',
  ])
  expect(asked).not.toContain('/elsewhere')
  await new Promise((resolve) => other.close(resolve))
  expect((await problems('/gone'))[0]).toContain('ECONNREFUSED')
})

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployFixture, openPlatform } from './hosted.ts'

export const f11: Fault = {
  id: 'F11',
  title: 'the port of the platform is taken, and all servers want the same port',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, { processes: { total: 100 } })
    await refuseTakenPort(c, platform)
    const names = Array.from({ length: c.size === 'full' ? 50 : 2 }, (_, n) => `port-${n}`)
    const began = performance.now()
    for (const name of names) {
      const config = { transport: 'http', port: 8000, environment: { WORD: name } }
      const { document } = await deployFixture(platform, name, 'tiny-http.mjs', config)
      if (document.error !== null) c.broken(`${name}: ${document.error.message}`)
    }
    c.figure('one server deployed', (performance.now() - began) / names.length / 1000, 's')
    const token = await platform.token()
    const answers = await Promise.all(names.map((name) => callTool(platform, token, name).catch(String)))
    expectSame(c, 'each answers for itself', answers, names)
  },
}

async function refuseTakenPort(c: FaultContext, platform: Awaited<ReturnType<typeof openPlatform>>) {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  await platform.stop()
  const { code, stderr } = await platform.cli(['serve'], {
    env: { HAIVEMIND__DASHBOARD__PORT: `${port}` },
  })
  taken.close()
  expectSame(c, 'the exit code with its port taken', code, 1)
  if (!stderr.includes(`${port}`)) c.broken(`the port is not named: ${stderr}`)
  if (!stderr.includes(`pid ${process.pid}`)) c.broken(`who has the port is not named: ${stderr}`)
  await platform.start()
}

/** The first of the two commands, as a newcomer runs it, on a configuration of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { eventually, findFreePort, findProcesses, isAlive, readParent, ROOT } from './platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'haivemind-script-'))
const port = await findFreePort()
writeFileSync(join(folder, 'config.json'), JSON.stringify({ mcp_hosting: { dashboard: { port } } }))
afterAll(() => rmSync(folder, { recursive: true }))

async function runServer(): Promise<string> {
  const child = spawn('bash', [join(ROOT, 'script/server')], {
    cwd: folder,
    env: { ...process.env, HAIVEMIND_CONFIG: join(folder, 'config.json') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = once(child, 'close') as Promise<[number | null]>
  await eventually('it is up, or has ended', async () =>
    text.includes('Ctrl-C stops') || child.exitCode !== null ? true : null,
  )
  const [platform = 0] = findProcesses('dist/main.js serve').filter((pid) => readParent(pid) === child.pid)
  expect(platform, text).toBeGreaterThan(0)
  child.kill('SIGINT')
  const [code] = await closed
  expect(code, text).toBe(0)
  expect(isAlive(platform)).toBe(false)
  return text
}

it('deploys the example once, prints the answer of a hosted tool and stops cleanly on Ctrl-C', async () => {
  const first = await runServer()
  expect(first).toContain('first run: deploying examples/bash-toolbox')
  expect(first).toContain('{"factors":[71,839,1471,6857]}')
  expect(first).toContain(
    `http://127.0.0.1:${port}/servers/bash-toolbox/mcp --header "Authorization: Bearer `,
  )
  const second = await runServer()
  expect(second).not.toContain('first run')
  expect(second).toContain('{"factors":[71,839,1471,6857]}')
})

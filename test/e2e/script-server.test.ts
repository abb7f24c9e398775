/** The first of the two commands, as a newcomer runs it, on a configuration of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { eventually, findProcesses, isAlive, readParent, ROOT } from './platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'haivemind-script-'))
const config = join(folder, 'config.json')
// The system chooses the port: the commands that the script runs have to find out which.
writeFileSync(config, JSON.stringify({ mcp_hosting: { dashboard: { port: 0 } } }))
afterAll(() => rmSync(folder, { recursive: true }))

async function runServer(): Promise<string> {
  const child = spawn('bash', [join(ROOT, 'script/server'), '--config', config], {
    cwd: folder,
    env: { ...process.env, HAIVEMIND_URL: 'http://127.0.0.1:9', HAIVEMIND_TOKEN: 'hvm_of_elsewhere' },
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
  const [, port] = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(first) ?? []
  expect(first).toContain(
    `http://127.0.0.1:${port}/servers/bash-toolbox/mcp --header "Authorization: Bearer `,
  )
  expect(first).toMatch(
    new RegExp(`In a browser +http://127\\.0\\.0\\.1:${port}/\\nSetup code +(?:[0-9A-Z]{4}-?){3} `),
  )
  const second = await runServer()
  expect(second).not.toContain('first run')
  expect(second).toContain('{"factors":[71,839,1471,6857]}')
})

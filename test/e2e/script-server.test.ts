/** The first of the two commands, as a newcomer runs it: in a fresh clone, on a configuration of its own. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, findProcesses, isAlive, readParent, ROOT } from './platform.ts'

/** From the command to the address and the code, with everything still to be built. */
const SHOWN_MS = 60_000
const whyNoClone = existsSync(join(ROOT, '.git')) ? null : ' (skipped: no clone, but copied sources)'

const folder = mkdtempSync(join(tmpdir(), 'haivemind-script-'))
const config = join(folder, 'config.json')
// The system chooses the port: the commands that the script runs have to find out which.
writeFileSync(config, JSON.stringify({ mcp_hosting: { dashboard: { port: 0 } } }))
const clone = join(folder, 'clone')
beforeAll(() => {
  if (whyNoClone !== null) return
  execFileSync('git', ['clone', '--quiet', ROOT, clone])
  // The installs are done.
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Answers what it printed, and after how many milliseconds the code was there. */
async function runServer(): Promise<{ readonly text: string; readonly shownMs: number }> {
  const began = performance.now()
  const child = spawn('bash', [join(clone, 'script/server'), '--config', config], {
    cwd: folder,
    env: { ...process.env, HAIVEMIND_URL: 'http://127.0.0.1:9', HAIVEMIND_TOKEN: 'hvm_of_elsewhere' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = once(child, 'close') as Promise<[number | null]>
  await eventually(
    'it is up, or has ended',
    async () => (text.includes('Ctrl-C stops') || child.exitCode !== null ? true : null),
    120,
  )
  const shownMs = performance.now() - began
  const [platform = 0] = findProcesses('dist/main.js serve').filter((pid) => readParent(pid) === child.pid)
  expect(platform, text).toBeGreaterThan(0)
  child.kill('SIGINT')
  const [code] = await closed
  expect(code, text).toBe(0)
  expect(isAlive(platform)).toBe(false)
  return { text, shownMs }
}

it.skipIf(whyNoClone !== null)(
  `U-01: shows address and code within 60 s, deploys the example once and stops cleanly on Ctrl-C${whyNoClone ?? ''}`,
  async () => {
    const { text: first, shownMs } = await runServer()
    expect(first).toContain('building the dashboard')
    expect(first).toContain('first run: deploying examples/bash-toolbox')
    expect(first).toContain('{"factors":[71,839,1471,6857]}')
    const [, port] = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(first) ?? []
    expect(first).toContain(
      `http://127.0.0.1:${port}/servers/bash-toolbox/mcp --header "Authorization: Bearer `,
    )
    expect(first).toMatch(
      new RegExp(`In a browser +http://127\\.0\\.0\\.1:${port}/\\nSetup code +(?:[0-9A-Z]{4}-?){3} `),
    )
    expect(shownMs).toBeLessThan(SHOWN_MS)
    const { text: second } = await runServer()
    expect(second).not.toContain('first run')
    expect(second).not.toContain('building the dashboard')
    expect(second).toContain('{"factors":[71,839,1471,6857]}')
  },
)

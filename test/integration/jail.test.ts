/** Installing under containment: what a job can do, what it cannot, how it ends. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Jail, JailJob } from '../../src/intake/ports.ts'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { openHarness, type Harness, skipNote, whyNoSandbox } from './sandbox-harness.ts'

let harness: Harness
let jail: Jail
let appDir: string
let registry: Server
let port: number

beforeAll(async () => {
  harness = await openHarness()
  const tools = createTools(harness.host, createInterpreters(harness.host))
  // Assigning to intake's port is the compiler's proof that the jail fits it.
  jail = createJail({ host: harness.host, tools, minTier: 'namespaces', egress: openTestEgress() })
  appDir = join(harness.dataDir, 'staging')
  await mkdir(appDir)
  registry = createServer((request, response) => response.end(`served ${request.url}`))
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  port = (registry.address() as AddressInfo).port
})
afterAll(async () => {
  registry.close()
  await harness.close()
})

async function run(job: Partial<JailJob>, signal = new AbortController().signal) {
  const lines: string[] = []
  const result = await jail.run(
    {
      argv: ['/bin/bash', '-c', 'true'],
      appDir,
      binds: [],
      environment: {},
      reach: [],
      limits: { memoryMb: 256, cpuPercent: 100, maxProcesses: 64, diskMb: 512 },
      timeoutSeconds: 30,
      onLine: (line) => lines.push(line),
      ...job,
    },
    signal,
  )
  return { ...result, lines }
}

const bash = (script: string) => ['/bin/bash', '-c', script]

describe.skipIf(whyNoSandbox !== null)(`a job${skipNote}`, () => {
  it('writes into its tree, which is the daemon’s again afterwards', async () => {
    const { outcome, code, lines } = await run({
      argv: bash('id -u; pwd; echo made > file; mkdir deps; echo err >&2; exit 3'),
    })
    expect({ outcome, code }).toEqual({ outcome: 'exited', code: 3 })
    expect(lines.toSorted()).toEqual(['/app', '1000', 'err'])
    expect(await readFile(join(appDir, 'file'), 'utf8')).toBe('made\n')
    expect((await stat(join(appDir, 'file'))).uid).toBe(process.getuid?.())
    expect(await readdir(harness.host.runRoot)).toEqual([])
  })

  it('sees nothing of the host and keeps nothing in /data', async () => {
    const secret = join(harness.dataDir, 'secret')
    await writeFile(secret, 'x')
    const { lines } = await run({
      argv: bash(`cat ${secret} /etc/shadow; ls /root /home; touch /data/x /usr/x; env | sort`),
      environment: { GIVEN: 'yes' },
    })
    expect(lines).toContain(`cat: ${secret}: No such file or directory`)
    expect(lines).toContain('cat: /etc/shadow: No such file or directory')
    expect(lines).toContain("ls: cannot access '/root': No such file or directory")
    expect(lines).toContain("touch: cannot touch '/usr/x': Read-only file system")
    const names = lines.flatMap((line) => /^[A-Za-z_]+(?==)/.exec(line)?.[0] ?? [])
    // PWD, SHLVL and _ are bash's own.
    expect(names.toSorted()).toEqual(['GIVEN', 'HOME', 'LANG', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'TZ', '_'])
  })

  it('binds what it is given, writable only where said', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jail-bind-'))
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'wheel'), 'w')
    const cache = join(harness.dataDir, 'cache')
    await mkdir(cache)
    const { lines } = await run({
      argv: bash(`cat ${folder}/wheel; echo; touch ${folder}/no; touch /cache/yes`),
      binds: [
        { source: folder, target: folder, writable: false },
        { source: cache, target: '/cache', writable: true },
      ],
    })
    expect(lines).toEqual(['w', `touch: cannot touch '${folder}/no': Read-only file system`])
    expect(await readdir(cache)).toEqual(['yes'])
    await rm(folder, { recursive: true })
  })

  it('ends at its deadline, and when it is cancelled', async () => {
    const late = await run({ argv: bash('trap "" TERM; echo on; sleep 60'), timeoutSeconds: 1 })
    expect(late).toMatchObject({ outcome: 'timeout', code: null, lines: ['on'] })
    const controller = new AbortController()
    const running = run(
      { argv: bash('echo on; sleep 60'), onLine: () => controller.abort() },
      controller.signal,
    )
    expect(await running).toMatchObject({ outcome: 'cancelled', code: null })
    expect(await run({}, AbortSignal.abort())).toMatchObject({ outcome: 'cancelled', seconds: 0 })
  })

  it('K-16: is ended when it needs more memory than it may have', async () => {
    const { outcome } = await run({
      argv: ['/usr/bin/python3', '-c', 'x = bytearray(600 * 2**20); print(len(x))'],
    })
    expect(outcome).toBe('out_of_memory')
  })

  it('has no network unless it is given some', async () => {
    const { lines } = await run({
      argv: bash(`(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1 | tail -1; env | grep -i proxy`),
    })
    expect(lines).toEqual([expect.stringContaining('Connection refused')])
  })

  it('reaches the places it is given through the proxy, and no other', async () => {
    const script = `
import os, urllib.request, urllib.error, http.client
def get(url):
    try: print(urllib.request.urlopen(url, timeout=5).read().decode())
    except urllib.error.HTTPError as e: print(e.code, e.read().decode().strip())
get('http://127.0.0.1:${port}/simple/')
get('http://127.0.0.1:1/')
get('http://example.invalid/')
def connect(target):
    c = http.client.HTTPConnection('127.0.0.1', 3128, timeout=5)
    host, port = target.rsplit(':', 1)
    c.set_tunnel(host, int(port))
    try: c.request('GET', '/tunnel'); print(c.getresponse().read().decode())
    except OSError as e: print(e)
connect('127.0.0.1:${port}')
connect('127.0.0.1:22')
print(os.environ['HTTPS_PROXY'], os.environ['NODE_USE_ENV_PROXY'])
`
    const { lines } = await run({
      argv: ['/usr/bin/python3', '-c', script],
      reach: [{ host: '127.0.0.1', port }],
    })
    expect(lines).toEqual([
      'served /simple/',
      '403 127.0.0.1:1 is refused: it is not one of the places that this sandbox may reach.',
      '403 example.invalid:80 is refused: it is not one of the places that this sandbox may reach.',
      'served /tunnel',
      'Tunnel connection failed: 403 Forbidden',
      'http://127.0.0.1:3128 1',
    ])
  })

  it('lets Node’s own fetch through the proxy', async () => {
    const script = `const get = async (u) => { const r = await fetch(u); console.log(r.status, await r.text()) }
      await get('http://127.0.0.1:${port}/a'); await get('http://127.0.0.1:1/')`
    const { lines } = await run({
      argv: ['/opt/node/bin/node', '--input-type=module', '-e', script],
      reach: [{ host: '127.0.0.1', port }],
      limits: { memoryMb: 512, cpuPercent: 100, maxProcesses: 64, diskMb: 512 },
    })
    expect(lines[0]).toBe('200 served /a')
    expect(lines.slice(1).join(' ')).toContain('403')
  })
})

describe.skipIf(whyNoSandbox !== null)(`tools${skipNote}`, () => {
  it('are found by running them inside', async () => {
    expect(await jail.runtimes()).toEqual(['python', 'node', 'bash'])
    expect(await jail.findTool('node')).toEqual({
      name: 'node',
      argv: ['/opt/node/bin/node'],
      version: process.versions.node,
    })
    const kept = join(harness.dataDir, 'runtimes', `node-${process.versions.node}`)
    const recorded = await readFile(join(kept, 'sha256'), 'utf8')
    await chmod(join(kept, 'bin/node'), 0o755)
    await truncate(join(kept, 'bin/node'), 1000)
    // A damaged copy is noticed by the next daemon and made anew.
    await createInterpreters(harness.host).nodeBind()
    expect((await stat(join(kept, 'bin/node'))).size).toBe((await stat(process.execPath)).size)
    expect(await readFile(join(kept, 'sha256'), 'utf8')).toBe(recorded)
    expect(await jail.findTool('npm')).toMatchObject({
      argv: ['/opt/node/bin/node', '/opt/npm/bin/npm-cli.js'],
      version: expect.stringMatching(/^\d+\./),
    })
  })
})

/** What a plain user's platform can do, as one JSON document on stdout. */
import { mkdir, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { renderError } from '../../src/domain/error.ts'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import { readCredentials } from '../../src/system/process-table.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { openHarness, readUntil } from './sandbox-harness.ts'

const [, , dataDir = ''] = process.argv
const harness = await openHarness('namespaces', dataDir)
const { host } = harness

const first = await harness.start({
  files: { 'run.sh': 'id | cut -d" " -f1-2; grep CapEff /proc/self/status; sleep 60' },
  command: ['bash', 'run.sh'],
})
const inside = await readUntil(first, /CapEff.*\n/)
const hostUid = readCredentials(first.pid)?.uids[0]
await first.stop('asked', '', 0)

const hog = await harness.start({
  files: { 'main.py': 'import time\nx = bytearray(300 * 2**20)\ntime.sleep(60)' },
  command: ['python3', 'main.py'],
  limits: { memoryMb: 128 },
})
const memory = await hog.ended

const spinner = await harness.start({
  files: { 'run.sh': 'echo on; while :; do :; done' },
  command: ['bash', 'run.sh'],
  limits: { cpuPercent: 25 },
})
await readUntil(spinner, /on/)
const before = await spinner.usage()
await new Promise((resolve) => setTimeout(resolve, 4000))
const after = await spinner.usage()
await spinner.stop('asked', '', 0)

const registry = createServer((request, response) => response.end(`served ${request.url}`))
await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
const { port } = registry.address() as AddressInfo
const appDir = join(dataDir, 'staging')
await mkdir(appDir)
const job: string[] = []
const fetchIt = `import urllib.request as u; print(u.urlopen('http://127.0.0.1:${port}/x').read().decode())`
await createJail({
  host,
  tools: createTools(host, createInterpreters(host)),
  minTier: 'namespaces',
  egress: openTestEgress(),
}).run(
  {
    argv: ['/usr/bin/python3', '-c', fetchIt],
    appDir,
    binds: [],
    environment: {},
    reach: [{ host: '127.0.0.1', port }],
    limits: { memoryMb: 256, cpuPercent: 100, maxProcesses: 32, diskMb: 512 },
    timeoutSeconds: 30,
    onLine: (line) => job.push(line),
  },
  new AbortController().signal,
)
registry.close()

// One that insists on more than this host can give a plain user.
const strict = await openHarness('strong', dataDir)
const refusal = await strict.start({ command: ['bash', '-c', 'true'] }).then(
  () => null,
  (error: unknown) => renderError(error),
)

console.log(
  JSON.stringify({
    refusal,
    probe: await harness.backend.probe(),
    enforcement: first.enforcement,
    hostUid,
    inside,
    memory,
    cpuShare: (after.cpuSeconds - before.cpuSeconds) / ((after.at - before.at) / 1000),
    left: await readdir(host.runRoot),
    job,
  }),
)

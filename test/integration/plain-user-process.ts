/** What a plain user's platform can do, as one JSON document on stdout. */
import { mkdir, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { renderError } from '../../src/domain/error.ts'
import { BLOCK_SIZE } from '../../src/domain/uid-block.ts'
import type { Instance } from '../../src/runtime/ports.ts'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import { readCredentials } from '../../src/system/process-table.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { runProcess } from '../../src/system/spawn.ts'
import { findOwnRange } from '../../src/system/uid-ranges.ts'
import { openHarness, readUntil } from './sandbox-harness.ts'

/** Says whether anything listens where its proxy should be. */
const WEB = `
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        s = socket.create_connection(('127.0.0.1', 3128), 5)
        s.sendall(b'CONNECT other.test:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
        self.send_response(200); self.end_headers()
        self.wfile.write(s.recv(12))
http.server.HTTPServer(('127.0.0.1', 8000), Handler).serve_forever()
`

const [, , dataDir = ''] = process.argv
// Way 4 where this user was granted a range, way 3 where not.
const range = findOwnRange()
const supply = range === null ? null : { block: { first: range.first, count: BLOCK_SIZE }, range }
const harness = await openHarness('namespaces', dataDir, undefined, (found) => found, supply)
const { host } = harness

const first = await harness.start({
  files: { 'run.sh': 'id | cut -d" " -f1-2; grep CapEff /proc/self/status; echo x > /data/f; sleep 60' },
  command: ['bash', 'run.sh'],
})
const inside = await readUntil(first, /CapEff.*\n/)
const [row] = harness.ledger.rows()
const second = await harness.start({ command: ['bash', '-c', 'sleep 60'] })
const otherUid = readCredentials(second.pid)?.uids[0]
await second.stop('asked', '', 0)
// As one of the servers, outside every sandbox: what a hole in the namespaces would reach.
const reached = (await host.holder?.enter()) === undefined ? null : await tryReach(row?.runDir ?? '')
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

const writer = await harness.start({
  files: { 'run.sh': 'cd /data; for i in 1 2 3 4 5 6; do head -c 4194304 /dev/zero > $i; done; sleep 60' },
  command: ['bash', 'run.sh'],
  limits: { diskMb: 16 },
})
const filler = await writer.ended

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

// One that listens itself, and has a proxy beside.
const web = await harness.start({
  files: { 'web.py': WEB },
  command: ['python3', 'web.py'],
  port: 8000,
  network: ['good.test'],
})
const answered = await askInside(web)
await web.stop('asked', '', 0)

// One that insists on more than this host can give a plain user.
const strict = await openHarness('strong', dataDir, undefined, (found) => found, supply)
const refusal = await strict.start({ command: ['bash', '-c', 'true'] }).then(
  () => null,
  (error: unknown) => renderError(error),
)

console.log(
  JSON.stringify({
    refusal,
    probe: await harness.backend.probe(),
    enforcement: first.enforcement,
    way: host.way,
    hostUid,
    otherUid,
    reached,
    filler,
    inside,
    memory,
    cpuShare: (after.cpuSeconds - before.cpuSeconds) / ((after.at - before.at) / 1000),
    left: await readdir(host.runRoot),
    job,
    answered,
  }),
)

/** What it answers at its port, asked from outside until it listens. */
async function askInside({ http }: Instance): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = await http?.open().catch(() => null)
    if (socket) {
      socket.write('GET / HTTP/1.0\r\n\r\n')
      let text = ''
      for await (const chunk of socket) text += String(chunk)
      return text
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return 'nobody listens'
}

/** The platform's files and another server's, as the uid of a server sees them from the host. */
async function tryReach(runDir: string): Promise<readonly string[]> {
  const enter = (await host.holder?.enter()) ?? []
  const paths = [join(dataDir, 'data', 'server1', 'f'), join(runDir, 'facts.json'), host.filterFile]
  const script =
    'for f; do cat "$f" > /dev/null 2>&1 && echo "$f"; done; kill -0 "$0" 2>/dev/null && echo signalled; true'
  const uid = String(host.holder?.inside((host.uids?.first ?? 0) + 7))
  const drop = ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
  const { stdout, code } = await runProcess(
    [...enter, ...drop, '/bin/sh', '-c', script, String(process.pid), ...paths],
    { environment: {}, timeoutMs: 10_000 },
  )
  return code === 0 ? stdout.split('\n').filter(Boolean) : [`ended with ${code}`]
}

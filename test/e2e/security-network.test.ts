/** What a hosted server reaches and who reaches it, tried by the server itself and from the host. */
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNameServer, type NameServer } from './name-server.ts'
import { eventually, findProcesses, MARK, startPlatform, type Platform } from './platform.ts'
import { deploy, readStatus, writeTree, type Status } from './servers.ts'

/** Runs the Python that it is told to, with names that stay between calls; what that prints is the answer. */
const RUNNER = `
import contextlib, io, json, sys
kept = {}
def run(code):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try: exec(code, kept)
        except BaseException as e: print(type(e).__name__, e)
    return out.getvalue()
def answer(message):
    result = {
        'initialize': {'protocolVersion': '2025-11-25', 'capabilities': {'tools': {}}, 'serverInfo': {'name': 'r', 'version': '1'}},
        'ping': {},
        'tools/list': {'tools': [{'name': 'run', 'inputSchema': {'type': 'object'}}]},
    }.get(message['method'])
    if message['method'] == 'tools/call':
        result = {'content': [{'type': 'text', 'text': run(message['params']['arguments']['code'])}]}
    return {'jsonrpc': '2.0', 'id': message['id'], 'result': result}
`
const OVER_STDIO = `${RUNNER}
for line in sys.stdin:
    message = json.loads(line)
    if 'id' in message: print(json.dumps(answer(message)), flush=True)
`
const OVER_HTTP = `${RUNNER}
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
kept['health'] = 200
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def reply(self, status, body=b''):
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.reply(kept['health'] if self.path == '/health' else 405)
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if 'id' in message: self.reply(200, json.dumps(answer(message)).encode())
        else: self.reply(202)
    def log_message(self, *args): pass
ThreadingHTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
`
/** One request line to the proxy, and the status of what comes back. */
const ASK = `
import socket
def ask(text, seconds=20):
    with socket.create_connection(('127.0.0.1', 3128), seconds) as s:
        s.sendall(text.encode('latin1'))
        data = b''
        while b'\\r\\n' not in data:
            part = s.recv(4096)
            if not part: break
            data += part
        return data.decode('latin1').split('\\r\\n')[0].split(' ')[1] if data else 'closed'
`

/** A listener of the host, with the connections that it saw. */
type Counted = { readonly server: Server; readonly port: number; count(): number }

async function listen(server: Server, host = '127.0.0.1'): Promise<Counted> {
  let count = 0
  server.on('connection', () => count++)
  server.listen(0, host)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, count: () => count }
}

const lan = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

let platform: Platform
let names: NameServer
/** Nobody's: every connection to it is a breach. */
let trap: Counted
/** Where the server may go. */
let origin: Counted & { readonly bytes: { received: number; sent: number } }
/** Takes connections and says nothing. */
let silent: Counted
let heard = ''
let rebinds = 0

beforeAll(async () => {
  trap = await listen(
    createServer((socket) => socket.destroy()),
    '0.0.0.0',
  )
  silent = await listen(
    createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (data) => {
          heard += data.toString('latin1')
          if (heard.includes('/switch'))
            socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
        })
    }),
  )
  const bytes = { received: 0, sent: 0 }
  const http = createHttpServer((request, response) => {
    request.resume().on('end', () => response.end(`served ${request.url}`))
  })
  http.on('connection', (socket) => {
    socket.on('close', () => {
      bytes.received += socket.bytesRead
      bytes.sent += socket.bytesWritten
    })
  })
  origin = { ...(await listen(http)), bytes }
  const addresses: Record<string, () => string[]> = {
    'good.test': () => ['127.0.0.1'],
    'a.wild.test': () => ['127.0.0.1'],
    'xwild.test': () => ['127.0.0.1'],
    'good.test.evil.test': () => ['127.0.0.1'],
    'private.test': () => ['10.0.0.1'],
    'loopback.test': () => ['127.0.0.1'],
    'metadata.test': () => ['169.254.169.254'],
    'mixed.test': () => ['93.184.216.34', '127.0.0.1'],
    // Public when it is judged, this machine a moment later.
    'rebind.test': () => (rebinds++ === 0 ? ['93.184.216.34'] : ['127.0.0.1']),
    'lan.test': () => (lan === undefined ? ['127.0.0.1'] : [lan]),
  }
  names = await startNameServer((name) => addresses[name]?.() ?? [])
  platform = await startPlatform({
    egress: {
      dns_servers: [names.address],
      allow_private: [`good.test:${origin.port}`, `a.wild.test:${origin.port}`, `good.test:${silent.port}`],
    },
  })
}, 60_000)
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  names.close()
  for (const { server } of [trap, origin, silent]) server.close()
})

async function host(name: string, source: string, config: object): Promise<void> {
  const command = ['python3', 'server.py', `${MARK}-${name}`]
  const files = { 'server.py': source, 'server_config.json': JSON.stringify({ name, command, ...config }) }
  const { document, stderr } = await deploy(
    platform,
    writeTree(platform, files),
    '--approve',
    'runs what the tests say',
  )
  expect(document.error, stderr).toBeNull()
}

async function run(name: string, code: string): Promise<string[]> {
  const { stdout, stderr, code: exit } = await platform.cli(['call', name, 'run', JSON.stringify({ code })])
  expect(exit, stderr).toBe(0)
  return stdout.trim().split('\n')
}

type Egress = {
  readonly host: string
  readonly port: number
  readonly bytes_sent: number
  readonly bytes_received: number
  readonly connections: number
  readonly refused: number
}
type NetworkStatus = Status & { readonly egress: readonly Egress[] }
const readNetwork = async (name: string) => (await readStatus(platform, name)) as NetworkStatus

async function listEvents(type: string): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await platform.cli(['events', '--json'])
  const events = stdout.split('\n').filter((line) => line !== '')
  return events
    .map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> })
    .filter((event) => event.type === type)
    .map(({ data }) => data)
}

/** Whether a connection from the host opens. */
function reaches(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (outcome: boolean) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

describe('a server without network', () => {
  it('S-52, SB-45, D9: reaches nothing, not even a name server or a raw socket', async () => {
    await host('closed', OVER_STDIO, { allowed_network: false, egress: [`good.test:${origin.port}`] })
    const seen = await run(
      'closed',
      `
import os, socket
def attempt(what, work):
    try:
        work()
        print(what, 'REACHED')
    except OSError as e: print(what, 'no')
tcp = lambda host, port: (lambda: socket.create_connection((host, port), 2))
def udp(host, port):
    def work():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(1); s.connect((host, port)); s.send(b'x'); s.recv(1)
    return work
attempt('loopback', tcp('127.0.0.1', ${trap.port}))
attempt('lan', tcp('${lan ?? '192.168.0.1'}', ${trap.port}))
attempt('metadata', tcp('169.254.169.254', 80))
attempt('public', tcp('93.184.216.34', 80))
attempt('platform', tcp('127.0.0.1', ${new URL(platform.url).port}))
attempt('proxy', tcp('127.0.0.1', 3128))
attempt('udp', udp('93.184.216.34', 53))
attempt('name server', udp('${names.address.split(':')[0]}', ${names.address.split(':')[1]}))
attempt('name', lambda: socket.getaddrinfo('good.test', 80))
attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt('packet', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
abstract = socket.socket(socket.AF_UNIX)
attempt('abstract', lambda: abstract.connect('\\0haivemind-e2e'))
print([name for name in os.environ if 'proxy' in name.lower()])
`,
    )
    expect(seen.filter((line) => line.includes('REACHED'))).toEqual([])
    expect(seen).toHaveLength(13)
    expect(seen.at(-1)).toBe('[]')
    expect(trap.count()).toBe(0)
    expect(names.asked).toEqual([])
  })
})

describe('a server with egress', () => {
  it('S-53, SB-46: reaches what it declares through the proxy, and nothing else; each is counted', async () => {
    await host('open', OVER_STDIO, {
      egress: [
        `good.test:${origin.port}`,
        `*.wild.test:${origin.port}`,
        ...['private', 'loopback', 'metadata', 'mixed', 'rebind', 'lan'].map(
          (name) => `${name}.test:${trap.port}`,
        ),
      ],
    })
    const seen = await run(
      'open',
      `
import http.client, socket, urllib.request
def get(url):
    try: print(urllib.request.urlopen(url, timeout=10).read().decode())
    except urllib.error.HTTPError as e: print(e.code)
get('http://good.test:${origin.port}/plain')
get('http://GOOD.test.:${origin.port}/spelled')
get('http://a.wild.test:${origin.port}/below')
get('http://other.test/')
get('http://good.test:${origin.port + 1}/')
# One connection, kept: each request is judged anew.
kept = http.client.HTTPConnection('127.0.0.1', 3128)
for url in ['http://good.test:${origin.port}/one', 'http://good.test:${origin.port}/two', 'http://other.test/', 'http://good.test:${origin.port}/three']:
    kept.request('GET', url)
    response = kept.getresponse()
    print(response.status, response.read().decode().split(' is refused')[0].strip())
tunnel = http.client.HTTPConnection('127.0.0.1', 3128)
tunnel.set_tunnel('good.test', ${origin.port})
tunnel.request('POST', '/tunnel', b'x' * 100000)
print(tunnel.getresponse().read().decode())
tunnel.close()
try: socket.create_connection(('93.184.216.34', 80), 2)
except OSError as e: print(e.strerror)
`,
    )
    expect(seen).toEqual([
      'served /plain',
      'served /spelled',
      'served /below',
      '403',
      '403',
      '200 served /one',
      '200 served /two',
      '403 other.test:80',
      '200 served /three',
      'served /tunnel',
      'Network is unreachable',
    ])
    const status = await eventually('the counts', async () => {
      const found = await readNetwork('open')
      const good = found.egress.find((place) => place.host === 'good.test' && place.port === origin.port)
      const wild = found.egress.find((place) => place.host === 'a.wild.test')
      if (good === undefined || wild === undefined) return null
      const sent = good.bytes_sent + wild.bytes_sent
      // To the byte, what the other side saw.
      const isWhole =
        sent === origin.bytes.received && good.bytes_received + wild.bytes_received === origin.bytes.sent
      return isWhole ? { good, other: found.egress.find((place) => place.host === 'other.test') } : null
    })
    expect(status.good.connections).toBe(6)
    expect(status.good.bytes_sent).toBeGreaterThan(100_000)
    expect(status.other).toMatchObject({ connections: 0, refused: 2, bytes_sent: 0, bytes_received: 0 })
    const denied = await listEvents('egress.denied')
    expect(denied).toContainEqual(
      expect.objectContaining({ server: 'open', host: 'other.test', port: 80, count: 2 }),
    )
    const fresh = (await listEvents('egress.new_host')).map(({ host: name }) => name)
    expect(fresh.filter((name) => name === 'good.test')).toHaveLength(1)
  })

  it('SB-47, SB-48, SB-50: is refused every spelling and every name that leads into the own network', async () => {
    const port = trap.port
    const attempts: Record<string, '400' | '403'> = {
      [`127.0.0.1:${port}`]: '403',
      [`127.1:${port}`]: '403',
      [`2130706433:${port}`]: '403',
      [`0x7f000001:${port}`]: '403',
      [`0177.0.0.1:${port}`]: '403',
      [`[::1]:${port}`]: '400',
      [`[::ffff:127.0.0.1]:${port}`]: '400',
      [`[::ffff:a9fe:a9fe]:80`]: '400',
      [`169.254.169.254:80`]: '403',
      [`localhost:${port}`]: '403',
      [`private.test:${port}`]: '403',
      [`loopback.test:${port}`]: '403',
      [`metadata.test:${port}`]: '403',
      [`mixed.test:${port}`]: '403',
      [`lan.test:${port}`]: '403',
      [`good.test:${port}`]: '403',
      [`good.test.evil.test:${origin.port}`]: '403',
      [`xwild.test:${origin.port}`]: '403',
      [`wild.test:${origin.port}`]: '403',
      [`good.test:${origin.port}@evil.test:80`]: '400',
      [`u:p@good.test:${origin.port}`]: '400',
      [`good.test#:${origin.port}`]: '400',
      [`good.test\t:${origin.port}`]: '400',
      [`good.test%2e:${origin.port}`]: '400',
    }
    const targets = Object.keys(attempts)
    const seen = await run(
      'open',
      `${ASK}
for target in ${JSON.stringify(targets)}: print(ask(f'CONNECT {target} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'))
for target in ['http://127.0.0.1:${port}/', 'http://u@good.test:${origin.port}/', 'http://good.test:${origin.port}\\r\\nX: y', 'http://[::1]:${port}/', 'https://good.test/']:
    print(ask(f'GET {target} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'))
`,
    )
    expect(Object.fromEntries(targets.map((target, index) => [target, seen[index]]))).toEqual(attempts)
    expect(seen.slice(targets.length)).toEqual(['403', '400', '400', '400', '400'])
    expect(trap.count()).toBe(0)
  })

  it('SB-49: a name that changes between judging and dialling leads nowhere', async () => {
    const before = names.asked.length
    const seen = await run(
      'open',
      `${ASK}
for n in range(2):
    try: print(ask('CONNECT rebind.test:${trap.port} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n', 2))
    except OSError: print('no answer')
`,
    )
    // First the public address, which nobody answers at; then the name leads home, and is refused.
    expect(['502', 'no answer', '200']).toContain(seen[0])
    expect(seen[1]).toBe('403')
    // One query for each request: what was judged is not asked for again.
    expect(names.asked.slice(before)).toEqual(['rebind.test', 'rebind.test'])
    expect(trap.count()).toBe(0)
  })
})

describe('a server that listens', () => {
  beforeAll(async () => {
    await host('speaker', OVER_HTTP, {
      transport: 'http',
      port: 8000,
      health_check_url: 'http://127.0.0.1:8000/health',
      health_check_interval: 1,
    })
  }, 60_000)

  it('S-58, SB-52, SB-51: is reached through the platform only, by neither the host nor another server', async () => {
    await run(
      'open',
      `import socket; kept_socket = socket.create_server(('0.0.0.0', 9999)); print('listens')`,
    )
    expect(await run('speaker', `import os; print('over HTTP', os.getuid())`)).toEqual(['over HTTP 1000'])
    const ways = [9999, 8000, 3128].flatMap((port) =>
      ['127.0.0.1', ...(lan === undefined ? [] : [lan])].map((address) => ({ address, port })),
    )
    const open = await Promise.all(
      ways.map(async ({ address, port }) => (await reaches(address, port)) && port),
    )
    expect(open.filter(Boolean)).toEqual([])
    const seen = await run(
      'closed',
      `
import socket
for port in (9999, 8000, 3128):
    for host in ('127.0.0.1', '${lan ?? '127.0.0.1'}'):
        try: socket.create_connection((host, port), 2); print('REACHED', port)
        except OSError: pass
print('done')
`,
    )
    expect(seen).toEqual(['done'])
  })

  it('SB-53: leads the platform nowhere else, whatever it puts where a socket might be', async () => {
    const path = join(platform.folder, 'host.sock')
    let met = 0
    const hostSocket = createServer(() => met++).listen(path)
    await once(hostSocket, 'listening')
    const seen = await run(
      'speaker',
      `
import os
made = 0
for folder in ('/data', '/tmp', '/dev/shm', '/app', '/run', '/'):
    for name in ('http', 'ingress', 'socket', 'session', 'in', 'out'):
        try: os.symlink('${path}', os.path.join(folder, name)); made += 1
        except OSError: pass
print(made, os.path.exists('/run/haivemind'))
`,
    )
    expect(seen).toEqual(['18 False'])
    for (let n = 0; n < 3; n++) expect(await run('speaker', `print(${n})`)).toEqual([String(n)])
    hostSocket.close()
    expect(met).toBe(0)
  })

  it('S-90: its health address is of its own port and no other, however it is written', async () => {
    const odd = [
      'http://169.254.169.254/latest/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://2130706433:8000/',
      'http://0x7f.1:8000/',
      'http://localtest.me:8000/',
      `http://127.0.0.1:${trap.port}/`,
      'http://127.0.0.1:8000@evil.test/',
      'file:///etc/passwd',
      'gopher://127.0.0.1:8000/',
    ]
    const set = (url: string) => platform.cli(['set', 'speaker', `health_check_url=${url}`])
    const refused = await Promise.all(odd.map(set))
    for (const [index, { code, stderr }] of refused.entries()) {
      // Malformed, or of another port than its own.
      expect([2, 7], odd[index]).toContain(code)
      expect(stderr, odd[index]).toContain('health_check_url')
    }
    const command = ['python3', 'server.py']
    const config = JSON.stringify({ command, transport: 'http', port: 8000, health_check_url: odd[0] })
    const files = { 'server.py': OVER_HTTP, 'server_config.json': config }
    const { document, code } = await deploy(platform, writeTree(platform, files), '--name', 'odd')
    expect({ code, error: document.error?.code }).toEqual({ code: 7, error: 'invalid_config' })
    expect(existsSync(join(platform.dataDir, 'mcp_servers/data/odd'))).toBe(false)
    expect(trap.count()).toBe(0)
    // The right one is asked inside: what it answers is the health that is shown.
    expect((await readNetwork('speaker')).health).toBe('healthy')
    await run('speaker', 'health = 503')
    await eventually(
      'the miss',
      async () => ((await readNetwork('speaker')).health === 'unhealthy' ? true : null),
      30,
    )
  })
})

describe('when the daemon is gone', () => {
  it('SB-58: a server that took the port of its proxy is restarted, another has its proxy again', async () => {
    const reach = `
import urllib.request
print(urllib.request.urlopen('http://good.test:${origin.port}/again', timeout=10).read().decode())
`
    await host('thief', OVER_STDIO, { egress: [`good.test:${origin.port}`], restart_delay: 0.1 })
    await run(
      'thief',
      `
import socket, threading, time
def steal():
    while True:
        try: globals()['taken'] = socket.create_server(('127.0.0.1', 3128)); return
        except OSError: time.sleep(0.05)
threading.Thread(target=steal, daemon=True).start()
`,
    )
    const { instance } = await readNetwork('open')
    await platform.kill()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await platform.start()
    const thief = await eventually('the restart', async () => {
      const found = await readNetwork('thief')
      return found.status === 'running' && found.last_exit !== null ? found : null
    })
    expect(thief.last_exit).toMatchObject({ cause: 'platform' })
    expect(thief.last_exit?.detail).toContain('EADDRINUSE')
    expect(await run('thief', reach)).toEqual(['served /again'])
    expect((await readNetwork('open')).instance).toMatchObject({ pid: instance?.pid, adopted: true })
    expect(await run('open', reach)).toEqual(['served /again'])
    await platform.handOver()
    await platform.start()
    expect((await readNetwork('open')).instance).toMatchObject({ pid: instance?.pid, adopted: true })
    expect(await run('open', reach)).toEqual(['served /again'])
    expect(await run('speaker', `print('here')`)).toEqual(['here'])
    expect(trap.count()).toBe(0)
  })
})

describe('a server that makes work for the platform', () => {
  const countDescriptors = () => readdirSync(`/proc/${platform.pid()}/fd`).length
  const readMemory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${platform.pid()}/status`, 'utf8'))?.[1]) / 1024

  it('has no more connections to the outside at once than it may have, however it asks for them', async () => {
    await host('crowd', OVER_STDIO, { egress: [`good.test:${silent.port}`] })
    const before = countDescriptors()
    const code = `
import socket, time
s = socket.create_connection(('127.0.0.1', 3128))
s.sendall(b'GET http://good.test:${silent.port}/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' * 600)
time.sleep(4)
print('sent')
`
    expect(await run('crowd', code)).toEqual(['sent'])
    expect(silent.count()).toBeGreaterThan(100)
    expect(silent.count()).toBeLessThanOrEqual(128)
    expect(countDescriptors() - before).toBeLessThan(200)
  })

  it('S-96: cannot hide a request in another one, nor be left waiting by a change of protocols', async () => {
    await host('hider', OVER_STDIO, { egress: [`good.test:${silent.port}`] })
    heard = ''
    const code = `${ASK}
import socket
hidden = 'GET / HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n'
s = socket.create_connection(('127.0.0.1', 3128))
s.sendall(('GET http://good.test:${silent.port}/ HTTP/1.1\\r\\nHost: x\\r\\nConnection: content-length\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(hidden) + hidden).encode())
import time; time.sleep(1)
print(ask('GET http://good.test:${silent.port}/switch HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n', 10))
`
    expect(await run('hider', code)).toEqual(['502'])
    expect(heard).toMatch(/^GET \/ HTTP\/1\.1\r\n(?:[^\r]+\r\n)*content-length: 36\r\n/i)
  })

  /** What it does with GET follows; ping is answered slowly on purpose where `slow` is set. */
  const FLOOD = `${RUNNER}
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import time
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def head(self, kind):
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
    def chunk(self, data): self.wfile.write(b'%x\\r\\n%s\\r\\n' % (len(data), data))
    def do_GET(self):
        self.head('text/event-stream')
        FLOOD
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.head('application/json')
        if message.get('method') == 'ping' and TINY: self.wfile.write(b'1\\r\\n \\r\\n' * 4000000)
        if 'id' in message and 'method' in message: self.chunk(json.dumps(answer(message)).encode())
        self.wfile.write(b'0\\r\\n\\r\\n')
    def log_message(self, *args): pass
ThreadingHTTPServer(('127.0.0.1', 8000), Handler).serve_forever()
`
  it.each([
    [
      'a line byte by byte',
      "self.chunk(b'data: ' + b'x' * (3 << 20))\n        while True: self.chunk(b'y')",
      'False',
    ],
    ['lines of nothing', "while True: self.chunk(b'data:\\n' * 100000)", 'False'],
    [
      'questions',
      `while True: self.chunk(b'data: {"jsonrpc":"2.0","id":1,"method":"ping"}\\n\\n' * 1000)`,
      'False',
    ],
    ['answers byte by byte', 'pass', 'True'],
  ])(
    'S-105: sends %s over HTTP: the platform stays small, and others are served',
    async (what, flood, tiny) => {
      const name = `flood-${what.replaceAll(' ', '-')}`
      const calm = 'crowd'
      const source = FLOOD.replace('FLOOD', flood).replace('TINY', tiny)
      const before = readMemory()
      await host(name, source, { transport: 'http', port: 8000, health_check_interval: 1 })
      let slowest = 0
      let most = 0
      for (let round = 0; round < 4; round++) {
        const began = performance.now()
        expect(await run(calm, "print('served')")).toEqual(['served'])
        slowest = Math.max(slowest, performance.now() - began)
        most = Math.max(most, readMemory())
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      await platform.json('delete', name, '--yes')
      expect(most - before).toBeLessThan(128)
      // SB-33 to SB-44 ask for a second; this is with the start of a command, on a machine that does other things too.
      expect(slowest).toBeLessThan(10_000)
    },
  )

  it('leaves no carrier behind for calls that it never read', async () => {
    const source = `${RUNNER}
import socket, threading, time
def serve(c):
    data = b''
    while b'\\r\\n\\r\\n' not in data: data += c.recv(1)
    size = [int(l.split(b':')[1]) for l in data.split(b'\\r\\n') if l.lower().startswith(b'content-length')]
    if not size: return c.sendall(b'HTTP/1.1 405 No\\r\\nContent-Length: 0\\r\\n\\r\\n')
    if size[0] > 500000: return time.sleep(1000)
    body = b''
    while len(body) < size[0]: body += c.recv(size[0] - len(body))
    message = json.loads(body)
    out = json.dumps(answer(message)).encode() if 'id' in message else b''
    c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(out) + out)
    c.close()
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(('127.0.0.1', 8000)); s.listen(100)
while True: threading.Thread(target=serve, args=(s.accept()[0],)).start()
`
    await host('deaf', source, { transport: 'http', port: 8000 })
    const token = await platform.token('mcp:call')
    const call = async () => {
      const response = await fetch(`${platform.url}/servers/deaf/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'run',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: {
            name: 'run',
            arguments: { code: 'x'.repeat(3_000_000) },
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
        signal: AbortSignal.timeout(3000),
      })
      return await response.text()
    }
    const carriers = () => findProcesses('/dev/tcp/127.0.0.1/').length
    const before = carriers()
    const said = await Promise.allSettled(Array.from({ length: 5 }, call))
    expect(
      said.map(({ status }) => status),
      JSON.stringify(said),
    ).toEqual(Array(5).fill('rejected'))
    await eventually('the carriers are gone', async () => (carriers() <= before ? true : null), 20)
  })
})

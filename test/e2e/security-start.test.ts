/** What decides what runs: command, environment, installation and the archive itself, through the built daemon. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listFiles, startPlatform, type Platform } from './platform.ts'
import { deploy, writeTree, type Outcome } from './servers.ts'

const CANARY = `start-canary-${process.pid}`
/** The platform's own environment, none of which is any server's. */
const AROUND = {
  PYTHONPATH: '/nowhere',
  BASH_ENV: '/nowhere/rc',
  NODE_OPTIONS: '--no-warnings',
  DAEMON_CANARY: CANARY,
}

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform(
    // What is asked here is what stops hostile code, not what finds it.
    {
      security: {
        allowed_languages: ['python', 'node'],
        scan_policy: { block: 'never', on_review: 'allow' },
      },
      max_servers: 40,
    },
    ['env', ...Object.entries(AROUND).map(([name, value]) => `${name}=${value}`)],
  )
})
afterAll(async () => platform[Symbol.asyncDispose]())

/** Tells its arguments and its environment, and what `extra` put into `more`. */
const buildTeller = (extra = '') => `import json, os, sys
more = None
${extra}
def reply(id, result):
    print(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    method, id = message.get("method"), message.get("id")
    if method == "initialize":
        reply(id, {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "teller", "version": "1"}})
    elif method == "tools/list":
        reply(id, {"tools": [{"name": "act", "inputSchema": {"type": "object"}}]})
    elif method == "tools/call":
        told = {"argv": sys.argv[1:], "env": dict(os.environ), "data": os.listdir("/data"), "more": more}
        reply(id, {"content": [{"type": "text", "text": json.dumps(told)}]})
    elif id is not None:
        reply(id, {})
`
type Told = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly data: readonly string[]
  readonly more: unknown
}

function send(name: string, files: Readonly<Record<string, string>>, config: object, ...flags: string[]) {
  const command = ['python3', 'server.py']
  const all = { 'server_config.json': JSON.stringify({ name, command, ...config }), ...files }
  return deploy(platform, writeTree(platform, all), ...flags)
}

async function ask(name: string): Promise<Told> {
  const { content } = await platform.json<{ content: { text: string }[] }>('call', name, 'act')
  return JSON.parse(content[0]?.text ?? '') as Told
}

const expectRuns = ({ document, stderr }: Outcome) => expect(document.error, stderr).toBeNull()

it('S-55: a command is a list of words: no shell reads it, and only allowed runtimes run', async () => {
  const shell = await send('shell', { 'server.py': buildTeller() }, { command: ['bash', '-c', 'id'] })
  expect(shell.document.error?.code).toBe('runtime_not_allowed')
  expect(shell.code).toBe(7)
  const list = await platform.json<{ servers?: unknown[]; items?: unknown[] }>('list')
  expect(JSON.stringify(list)).not.toContain('shell')

  const words = [
    '$(touch /data/a)',
    '`touch /data/b`',
    '; touch /data/c',
    '| touch /data/d',
    '& touch /data/e',
    '> /data/f',
    '*',
    '$HOME',
    '--',
    '"',
    "'",
  ]
  expectRuns(
    await send('words', { 'server.py': buildTeller() }, { command: ['python3', 'server.py', ...words] }),
  )
  const told = await ask('words')
  expect(told.argv).toEqual(words)
  expect(told.data.filter((name) => /^[a-f]$/.test(name))).toEqual([])

  const broken = await send(
    'broken',
    { 'server.py': buildTeller() },
    { command: ['python3', 'server.py', 'a\ntouch b'] },
  )
  expect(broken.document.error?.code).toBe('invalid_config')
})

it('S-56: no variable that changes which code is loaded reaches a server, whoever sets it', async () => {
  const names = [
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'NODE_OPTIONS',
    'NODE_PATH',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'BASH_ENV',
    'ENV',
    'PATH',
    'HOME',
  ]
  expectRuns(await send('loaded', { 'server.py': buildTeller() }, { environment: { UNITS: 'metric' } }))
  const token = await platform.token('admin')
  for (const name of ['LD_PRELOAD', 'NODE_OPTIONS', 'PYTHONPATH']) {
    const inArchive = await send(
      'bad',
      { 'server.py': buildTeller() },
      { environment: { [name]: '/data/x' } },
    )
    expect([name, inArchive.document.error?.code]).toEqual([name, 'invalid_config'])
  }
  expect((await platform.cli(['set', 'loaded', 'environment.LD_PRELOAD=/data/x'])).code).toBe(2)
  for (const name of names) {
    const patch = await fetch(`${platform.url}/api/v1/servers/loaded`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ environment: { [name]: '/data/x' } }),
    })
    expect([name, patch.status]).toEqual([name, 400])
    const secret = await fetch(`${platform.url}/api/v1/servers/loaded/secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name, value: '/data/x.so' }),
    })
    expect([name, secret.status >= 400 && secret.status < 500]).toEqual([name, true])
  }
  expect((await platform.cli(['restart', 'loaded'])).code).toBe(0)
  const { env } = await ask('loaded')
  expect(env['UNITS']).toBe('metric')
  expect(
    Object.keys(env).filter(
      (name) => name in AROUND || /^(?:LD_|NODE_|BASH_|PYTHON(?!UNBUFFERED|DONTWRITE))/.test(name),
    ),
  ).toEqual([])
  expect(JSON.stringify(env)).not.toContain(CANARY)
  expect([env['HOME'], env['PATH']?.includes('/data')]).toEqual(['/data', false])
})

/** Runs while it is built: whatever it can lay hands on becomes part of the package. */
const buildBackend = (dataDir: string, port: string) => `import json, os, socket, zipfile
def attempt(act):
    try: return act()
    except Exception as error: return type(error).__name__
def connect(host, port):
    socket.create_connection((host, port), timeout=2).close()
    return "reached"
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    found = {
        "env": dict(os.environ),
        "files": {path: attempt(lambda: open(path).read()) for path in ["/etc/shadow", "${dataDir}/cli-token", "${dataDir}/secrets.key", "${dataDir}/haivemind.db"]},
        "daemon": attempt(lambda: connect("127.0.0.1", ${port})),
        "outside": attempt(lambda: connect("1.1.1.1", 443)),
        "home": attempt(lambda: os.listdir("/root")),
    }
    name = "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.writestr("evil.py", "FOUND = " + repr(json.dumps(found)))
        info = "evil-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: evil\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "evil.py,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return name
`

it('S-57: what an installation would run does not run, or runs in a sandbox that holds no secret', async () => {
  const scripts = Object.fromEntries(
    ['preinstall', 'install', 'postinstall', 'prepare'].map((step) => [
      step,
      `touch /app/${step}-ran "$HOME/${step}-ran"`,
    ]),
  )
  const npm = await send(
    'scripted',
    {
      'server.js': `const fs = require('node:fs'), lines = require('node:readline').createInterface({ input: process.stdin })
const ran = fs.readdirSync('/app', { recursive: true }).filter((name) => name.endsWith('-ran'))
const found = { ran, evil: require('evil'), data: fs.readdirSync('/data') }
lines.on('line', (line) => {
  const { id, method } = JSON.parse(line)
  const results = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } },
    'tools/list': { tools: [{ name: 'act', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: JSON.stringify(found) }] },
  }
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} }))
})
`,
      'package.json': JSON.stringify({
        name: 'scripted',
        version: '1.0.0',
        scripts,
        dependencies: { evil: 'file:./evil' },
      }),
      'evil/package.json': JSON.stringify({ name: 'evil', version: '1.0.0', scripts }),
      'evil/index.js': 'module.exports = "installed"\n',
    },
    { command: ['node', 'server.js'] },
  )
  expectRuns(npm)
  expect(await ask('scripted')).toEqual({ ran: [], evil: 'installed', data: [] })

  const { port } = new URL(platform.url)
  const source = writeTree(platform, {
    'server_config.json': JSON.stringify({
      name: 'built',
      command: ['python3', 'server.py'],
      secrets: ['API_KEY'],
    }),
    'server.py': buildTeller('import evil\nmore = json.loads(evil.FOUND)'),
    'requirements.txt': './evil\n',
    'evil/pyproject.toml':
      '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "evil"\nversion = "1.0"\n',
    'evil/backend.py': buildBackend(platform.dataDir, port),
  })
  const run = await platform.cli(['deploy', source, '--secret', 'API_KEY', '--wait', '--json'], {
    env: { API_KEY: `${CANARY}-secret` },
  })
  expect(run.code, run.stderr + run.stdout).toBe(0)
  const { env, more } = await ask('built')
  // It ran, and the server has its secret, masked on the way out: the rest of the test would show nothing otherwise.
  expect(env['API_KEY']).toBe('[secret:API_KEY]')
  const found = more as {
    files: Record<string, string>
    env: Record<string, string>
    daemon: string
    outside: string
    home: unknown
  }
  expect(
    Object.values(found.files).filter((text) => !/^(?:FileNotFoundError|PermissionError)$/.test(text)),
  ).toEqual([])
  expect(found.env['API_KEY']).toBeUndefined()
  expect(JSON.stringify(found.env)).not.toContain(CANARY)
  expect([found.daemon, found.outside, found.home]).not.toContain('reached')
  expect(found.home).toMatch(/Error$/)
})

const PYTHON_ZIP = `import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as out:
    for folder, _, files in os.walk('.'):
        for name in files: out.write(os.path.join(folder, name))
`
const has = (program: string) =>
  ['/usr/bin', '/usr/local/bin', '/bin'].some((folder) => existsSync(join(folder, program)))
const TOOLS = [
  { by: 'zip', ending: 'zip', argv: ['zip', '-qr', 'OUT', '.'] },
  { by: '7z', ending: 'zip', argv: ['7z', 'a', '-tzip', '-bso0', '-bsp0', 'OUT', '.'] },
  { by: 'python3', ending: 'zip', argv: ['python3', '-c', PYTHON_ZIP, 'OUT'] },
  { by: 'tar', ending: 'tar.gz', argv: ['tar', '-czf', 'OUT', '.'] },
  { by: 'bsdtar', ending: 'zip', argv: ['bsdtar', '-acf', 'OUT', 'server.py', 'server_config.json', 'lib'] },
]

/** The hundreds of the corpus are held to unzip and tar in test/contracts; here is the way through the daemon. */
it.each(TOOLS.filter(({ by }) => has(by)))(
  'S-21: an archive by $by is accepted, and what it unpacks to is what went in',
  async ({ by, ending, argv }) => {
    const name = `by-${by}`
    const folder = writeTree(platform, {
      'server.py': `${buildTeller()}# ${by}\n`,
      'server_config.json': JSON.stringify({ name, command: ['python3', 'server.py'] }),
      'lib/deep/er/empty': '',
      'lib/noise.txt': 'abcdefg\n'.repeat(40_000),
    })
    mkdirSync(join(platform.folder, 'archives'), { recursive: true })
    const archive = join(platform.folder, 'archives', `${name}.${ending}`)
    execFileSync(
      argv[0]!,
      argv.slice(1).map((word) => (word === 'OUT' ? archive : word)),
      { cwd: folder },
    )
    expectRuns(await deploy(platform, archive, '--name', name))
    const wanted = hashFiles(folder)
    const trees = listFiles(join(platform.dataDir, 'mcp_servers'))
      .map((path) => join(platform.dataDir, 'mcp_servers', path))
      .filter((path) => path.endsWith('/server.py') && readFileSync(path, 'utf8').endsWith(`# ${by}\n`))
      .map((path) => hashFiles(join(path, '..')))
    expect(trees).toEqual([wanted])
  },
)

function hashFiles(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
  return Object.fromEntries(
    files.map((path) => [
      relative(folder, path),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]),
  )
}

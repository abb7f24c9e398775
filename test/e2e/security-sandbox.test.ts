/** Hostile servers under the built daemon. Each check is proved by its effect, on the server, on the host, on a neighbour. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, isAlive, MARK, ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer, deploy, deployBash, readStatus, writeTree } from './servers.ts'

const CODE = readFileSync(join(ROOT, 'test/fixtures/servers/runs-code.py'), 'utf8')
const isRoot = process.getuid?.() === 0

type Protections = Readonly<Record<string, { readonly level: string; readonly by: string }>>

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  await deployHostile('hostile')
  await deployBash(platform, 'neighbour', buildServer())
}, 120_000)
afterAll(async () => platform[Symbol.asyncDispose]())

async function deployHostile(name: string, limits: Readonly<Record<string, number>> = {}): Promise<void> {
  const command = ['python3', 'server.py', `${MARK}-${name}`]
  const settings = { name, command, resource_limits: limits, restart_delay: 0.5 }
  const source = writeTree(platform, {
    'server.py': CODE,
    'server_config.json': JSON.stringify(settings),
  })
  const { document, stderr } = await deploy(platform, source)
  expect(document.error, stderr).toBeNull()
}

/** What the program prints, run inside the hosted server. */
async function run(name: string, code: string): Promise<string[]> {
  const { stdout, stderr, code: exit } = await platform.cli(['call', name, 'run', JSON.stringify({ code })])
  expect(exit, stderr).toBe(0)
  return stdout.trim().split('\n')
}

async function expectNeighbourAlive(): Promise<void> {
  expect((await platform.cli(['call', 'neighbour', 'act'])).stdout).toBe('hello\n')
  expect(isAlive(platform.pid())).toBe(true)
}

async function readProtections(name: string): Promise<Protections> {
  const { instance } = await readStatus(platform, name)
  return (instance?.enforcement ?? {}) as unknown as Protections
}

const ATTEMPT = `
import errno, os, sys
def attempt(what, act):
    try: act(); print(what, 'done')
    except OSError as e: print(what, errno.errorcode[e.errno])
`

it('S-40, SB-13: reads no file of the host, of the platform or of another server', async () => {
  const { dataDir, folder } = platform
  // The key comes with the first secret.
  const kept = await platform.cli(['secret', 'set', 'neighbour', 'API_KEY'], { stdin: 'correct-horse' })
  expect(kept.code, kept.stderr).toBe(0)
  const trees = join(dataDir, 'mcp_servers')
  const others = readdirSync(trees, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('server.sh'))
    .map((name) => join(trees, name))
  const files = [
    '/etc/shadow',
    '/root',
    folder,
    join(folder, 'config.json'),
    join(dataDir, 'haivemind.db'),
    join(dataDir, 'cli-token'),
    join(dataDir, 'secrets.key'),
    ...others,
  ]
  // All of it is there for who may look.
  expect(others.length).toBeGreaterThan(0)
  expect(files.filter((path) => path !== '/root' && !existsSync(path))).toEqual([])
  const reach = `
for path in ${JSON.stringify(files)}:
    for way in (path, '/proc/1/root' + path, '/proc/self/cwd/../' + path):
        attempt('read', lambda: os.listdir(way) if os.path.isdir(way) and not way.startswith('/proc') else open(way).read())`
  const seen = await run('hostile', ATTEMPT + reach)
  expect(seen).toHaveLength(files.length * 3)
  expect([...new Set(seen)].filter((line) => line !== 'read ENOENT' && line !== 'read EACCES')).toEqual([])
})

it('S-41, SB-14: writes neither its version nor the system', async () => {
  const write = `
for path in ('/app', '/usr', '/etc', '/', '/dev', '/run'):
    attempt(path, lambda: open(path + '/planted', 'w'))
attempt('app file', lambda: open('/app/server.py', 'a'))
attempt('data', lambda: open('/data/mine', 'w'))`
  expect(await run('hostile', ATTEMPT + write)).toEqual([
    ...['/app', '/usr', '/etc', '/', '/dev'].map((path) => `${path} EROFS`),
    '/run ENOENT',
    'app file EACCES',
    'data done',
  ])
  for (const path of ['/usr/planted', '/etc/planted', '/planted']) expect(existsSync(path)).toBe(false)
})

const MOUNT_AN_IMAGE =
  'f=$(mktemp) && truncate -s 16M "$f" && mkfs.ext4 -qF "$f" && mount -o loop "$f" /mnt; code=$?; rm -f "$f"; exit $code'
/** Found without the platform: an image is made and mounted where nobody else sees it, and is gone with the shell. */
const canMount =
  isRoot &&
  spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', MOUNT_AN_IMAGE]).status === 0

it('S-41, SB-40: 1 GB into 100 MB of /data meets its quota, the host’s disk unharmed', async ({ skip }) => {
  await deployHostile('filler', { disk_mb: 100, memory_mb: 512 })
  const { disk } = await readProtections('filler')
  const free = () => {
    const { bavail, bsize } = statfsSync(platform.dataDir)
    return bavail * bsize
  }
  const before = free()
  const fill = `
size = 0
def fill():
    global size
    with open('/data/big', 'wb', buffering=0) as f:
        while size < 2**30: size += f.write(b'x' * 2**20)
attempt('fill', fill)
print(size // 2**20)`
  skip(
    !canMount,
    'no hard quota can be had here: files are only counted, as test/integration/sandbox-disk shows',
  )
  // Where this test could mount an image, the platform has to: what it says of itself must not excuse it.
  expect(disk?.level).toBe('hard')
  const [outcome, mib] = await run('filler', ATTEMPT + fill)
  expect(outcome).toMatch(/^fill (?:ENOSPC|EDQUOT)$/)
  expect(Number(mib)).toBeLessThanOrEqual(100)
  // The machine has other users: a bound far below what was tried.
  expect(before - free()).toBeLessThan(700 * 2 ** 20)
  // It lives on, and has its space again once it deletes.
  const again = "os.remove('/data/big'); open('/data/small', 'w').write('ok'); print('freed')"
  expect(await run('filler', `${ATTEMPT}\n${again}`)).toEqual(['freed'])
  await expectNeighbourAlive()
}, 120_000)

it('S-41: a quota is kept over restarts and given up with the server', async () => {
  const limits = { disk_mb: 32 }
  await deployHostile('keeper', limits)
  await run('keeper', "open('/data/kept','w').write('still here')")
  expect((await platform.cli(['set', 'keeper', 'disk_mb=64'])).code).toBe(0)
  expect((await platform.cli(['restart', 'keeper'])).code).toBe(0)
  const size =
    "import os; s = os.statvfs('/data'); print(open('/data/kept').read(), s.f_blocks * s.f_frsize > 40 * 2**20, s.f_blocks * s.f_frsize < 100 * 2**20)"
  expect(await run('keeper', size)).toEqual([`still here True ${canMount ? 'True' : 'False'}`])
  const { limits: shown } = await platform.json<{ limits: { disk_mb: number } }>('status', 'keeper')
  expect(shown.disk_mb).toBe(64)
  const volumes = join(platform.dataDir, 'mcp_servers/data')
  const before = readdirSync(volumes).length
  expect((await platform.cli(['delete', 'keeper', '--yes'])).code).toBe(0)
  expect(readdirSync(volumes).length).toBeLessThan(before)
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(platform.dataDir)
}, 60_000)

it('S-42: sees its own processes alone, and signals no other', async () => {
  const daemon = platform.pid()
  const look = `
names = [open('/proc/%s/cmdline' % p).read() for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]
print(len(names) < 10, any('haivemind' in n or 'main.js' in n for n in names))
attempt('kill', lambda: os.kill(${daemon}, 9))
alive = [p for p in range(2, 70000) if p != os.getpid() and p != os.getppid()]
def signal(p):
    try: os.kill(p, 0); return True
    except OSError: return False
print(len([p for p in alive if signal(p)]) < 10)`
  expect(await run('hostile', ATTEMPT + look)).toEqual(['True False', 'kill ESRCH', 'True'])
  await expectNeighbourAlive()
})

it('S-45: has no capability and no way to one, a filter, and a host user of its own', async () => {
  const look = `
for line in open('/proc/self/status'):
    if line.split(':')[0] in ('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp'): print(line.strip())
import shutil, subprocess
shutil.copy('/usr/bin/id', '/data/id'); os.chmod('/data/id', 0o6755)
print(subprocess.run(['/data/id', '-u'], capture_output=True, text=True).stdout.strip() == str(os.getuid()))
print(os.getuid() != 0)`
  const none = '0000000000000000'
  expect(await run('hostile', ATTEMPT + look)).toEqual([
    ...['CapPrm', 'CapEff', 'CapBnd'].map((set) => `${set}:\t${none}`),
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
    'True',
    'True',
  ])
  const [one, other] = await Promise.all(['hostile', 'neighbour'].map((name) => readStatus(platform, name)))
  const uids = [one?.instance, other?.instance].map((instance) =>
    instance ? statSync(`/proc/${instance.pid}`).uid : 0,
  )
  expect(uids).toEqual([one?.instance?.uid, other?.instance?.uid])
  expect(uids).not.toContain(0)
  // A plain user without subordinate uids has but his own to give; the tier says so.
  expect(uids[0] !== uids[1]).toBe(((await readProtections('hostile'))['uid'] as unknown) === 'distinct')
})

type Row = { readonly pid: number; readonly parent: number; readonly threads: number }

function listProcesses(): Row[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,nlwp='], { encoding: 'utf8' }).trim().split('\n')
  return lines.map((line) => {
    const [pid = 0, parent = 0, threads = 0] = line.trim().split(/\s+/).map(Number)
    return { pid, parent, threads }
  })
}

/** The first process of the sandbox, whose children orphans become. */
const parentOf = (pid: number) => listProcesses().find((row) => row.pid === pid)?.parent ?? 0

function countThreadsBelow(pid: number, rows = listProcesses()): number {
  const own = rows.find((row) => row.pid === pid)?.threads ?? 0
  const children = rows.filter((row) => row.parent === pid)
  return children.reduce((sum, child) => sum + countThreadsBelow(child.pid, rows), own)
}

it('S-46: a fork bomb stops at max_processes, and the daemon answers', async () => {
  await deployHostile('bomber', { max_processes: 32 })
  const bomb = `
import time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(6); os._exit(0)
        made += 1
except OSError as e: print(errno.errorcode[e.errno], made < 40, flush=True)
os.closerange(0, 3)`
  const answer = run('bomber', `${ATTEMPT}${bomb}\nos._exit(0)`)
  const { stdout } = await platform.cli(['list'])
  expect(stdout).toContain('bomber')
  await expectNeighbourAlive()
  const { pid } = (await readStatus(platform, 'bomber')).instance ?? { pid: 0 }
  // Of this instance alone: another one, which learns what the server speaks, may live for a moment.
  expect(countThreadsBelow(parentOf(pid))).toBeLessThanOrEqual(36)
  expect((await answer)[0]).toBe('EAGAIN True')
  expect((await platform.cli(['delete', 'bomber', '--yes'])).code).toBe(0)
}, 60_000)

it('S-47: 2 GB within 512 MB end the server for its memory alone, and it is started again', async () => {
  await deployHostile('hog', { memory_mb: 512 })
  const before = (await readStatus(platform, 'neighbour')).instance?.pid
  const code = 'x = bytearray(2 * 2**30)\nfor i in range(0, len(x), 4096): x[i] = 1'
  await platform.cli(['call', 'hog', 'run', JSON.stringify({ code })])
  const exit = await eventually('its end', async () => {
    const { last_exit, status, restarts } = await readStatus(platform, 'hog')
    return last_exit !== null && status === 'running' && restarts > 0 ? last_exit : null
  })
  expect(exit.cause).toBe('out_of_memory')
  expect(exit.hint).toContain('memory_mb')
  expect(await run('hog', "print('back')")).toEqual(['back'])
  expect((await readStatus(platform, 'neighbour')).instance?.pid).toBe(before)
  await expectNeighbourAlive()
}, 90_000)

it('S-48: two busy loops at cpu_percent 50 get half a processor over ten seconds', async () => {
  await deployHostile('spinner', { cpu_percent: 50 })
  const spin = `
import os, time
began = time.monotonic()
child = os.fork()
while time.monotonic() - began < 10: pass
if child == 0: os._exit(0)
os.wait()
t = os.times()
print((t.user + t.system + t.children_user + t.children_system) / (time.monotonic() - began))`
  const { cpu } = await readProtections('spinner')
  const share = Number((await run('spinner', spin))[0])
  expect(share).toBeGreaterThan(0.1)
  // The kernel holds it to 0.5 within a period; pausing is soft and gets there on average.
  expect(share).toBeLessThanOrEqual(cpu?.level === 'hard' ? 0.55 : 1)
}, 60_000)

it('S-49: a million open files end with EMFILE', async () => {
  const open = `
held = []
def many():
    for _ in range(10**6): held.append(os.open('/dev/null', os.O_RDONLY))
attempt('open', many)
print(len(held) < 5000)`
  expect(await run('hostile', ATTEMPT + open)).toEqual(['open EMFILE', 'True'])
  await expectNeighbourAlive()
})

it('S-50: filling /tmp and /dev/shm ends with ENOSPC inside, and nothing of it is on the host', async () => {
  const mark = `${MARK}-filled`
  const fill = `
for folder in ('/tmp', '/dev/shm'):
    size = 0
    def fill():
        global size
        with open(folder + '/${mark}', 'wb', buffering=0) as f:
            while True: size += f.write(b'x' * 2**20)
    attempt(folder, fill)
    print(size <= 64 * 2**20)`
  expect(await run('hostile', ATTEMPT + fill)).toEqual(['/tmp ENOSPC', 'True', '/dev/shm ENOSPC', 'True'])
  for (const folder of ['/tmp', '/dev/shm']) expect(existsSync(join(folder, mark))).toBe(false)
  await expectNeighbourAlive()
})

it('S-58: a port that it opens on every address is reached by nobody outside', async () => {
  const listen = `
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('0.0.0.0', 9999)); s.listen()
c = socket.create_connection(('127.0.0.1', 9999)); print('inside', flush=True)
if os.fork() == 0:
    os.closerange(0, 3); time.sleep(20); os._exit(0)`
  expect(await run('hostile', `import os${listen}`)).toEqual(['inside'])
  const own = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  const outcomes = await Promise.all(['127.0.0.1', ...own.map(({ address }) => address)].map(tryConnect))
  expect([...new Set(outcomes)]).toEqual(['refused'])
})

function tryConnect(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 9999, timeout: 2000 })
    const end = (outcome: string) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => end('connected'))
    socket.once('timeout', () => end('refused'))
    socket.once('error', () => end('refused'))
  })
}

/** In a mount namespace of the daemon's own, the program is as good as not installed. */
const HIDE = 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"'
const HIDE_BUBBLEWRAP = ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', HIDE, 'sh']
const whyNoMask = isRoot ? '' : ' [skipped: only root can hide a program from the daemon]'
it.skipIf(!isRoot)(
  `S-59: without bubblewrap no server starts, and what is missing is named with its cure${whyNoMask}`,
  async () => {
    const bare = await startPlatform({}, HIDE_BUBBLEWRAP)
    try {
      const source = writeTree(bare, {
        'server.sh': buildServer(),
        'server_config.json': JSON.stringify({ name: 'bare', command: ['bash', 'server.sh'] }),
      })
      const { document } = await deploy(bare, source)
      expect(document).toMatchObject({ status: 'failed', error: { code: 'sandbox_failed' } })
      expect(document.error?.hint).toContain('apt-get install bubblewrap')
      const doctor = JSON.parse((await bare.cli(['doctor', '--json'])).stdout) as {
        tier: string
        checks: { id: string; status: string; fix: string | null }[]
      }
      expect(doctor.tier).toBe('none')
      expect(doctor.checks.find(({ id }) => id === 'bubblewrap')).toMatchObject({ status: 'fail' })
    } finally {
      await bare[Symbol.asyncDispose]()
    }
  },
  60_000,
)

it.skipIf(!isRoot)(
  `S-59, D8: a plain process with a user of its own runs only where the operator asked for no more${whyNoMask}`,
  async () => {
    const weak = await startPlatform({ security: { min_isolation_tier: 'user' } }, HIDE_BUBBLEWRAP)
    try {
      // Its uid reaches its files by their host paths.
      chmodSync(weak.folder, 0o711)
      const { document, stderr } = await deployBash(weak, 'weak', buildServer())
      expect(document.error, stderr + weak.log()).toBeNull()
      const { instance } = await readStatus(weak, 'weak')
      expect(instance?.tier).toBe('user')
      expect(statSync(`/proc/${instance?.pid}`).uid).toBe(instance?.uid)
      expect(instance?.uid).toBeGreaterThan(200_000)
      const levels = instance?.enforcement as unknown as Protections
      expect(['fs', 'net', 'seccomp', 'disk'].map((name) => levels[name]?.level)).toEqual([
        'none',
        'none',
        'none',
        'soft',
      ])
      expect((await weak.cli(['call', 'weak', 'act'])).stdout).toBe('hello\n')
      expect((await weak.cli(['stop', 'weak'])).code).toBe(0)
      expect(isAlive(instance?.pid ?? 0)).toBe(false)
    } finally {
      await weak[Symbol.asyncDispose]()
    }
  },
  60_000,
)

it('S-59: the tier shown for a server is the one its own record proves', async () => {
  const { instance } = await readStatus(platform, 'hostile')
  const { tier } = await platform.json<{ tier: string }>('doctor')
  expect(instance?.tier).toBe(tier)
  const levels = await readProtections('hostile')
  const isHard = (names: readonly string[]) => names.every((name) => levels[name]?.level === 'hard')
  expect(isHard(['fs', 'net', 'seccomp'])).toBe(true)
  const isStrong = (levels['uid'] as unknown) === 'distinct' && isHard(['memory', 'cpu', 'pids'])
  expect(instance?.tier).toBe(isStrong ? 'strong' : 'namespaces')
})

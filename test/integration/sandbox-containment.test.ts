/** What a contained server can and cannot do, by effect. The labels SB-… are stable names of the checks. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tierOf } from '../../src/domain/enforcement.ts'
import { readCredentials } from '../../src/system/process-table.ts'
import {
  isRoot,
  openHarness,
  readToEnd,
  readUntil,
  runInside,
  type Harness,
  skipNote,
  whyNoSandbox,
} from './sandbox-harness.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/sandbox')

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
})
afterAll(async () => await harness.close())

const inside = async (script: string) => (await runInside(harness, script)).trim().split('\n')

/** As another user sees it; a user sees the environment of his own processes, so a plain user's is left out. */
function listProcesses(): string {
  return isRoot
    ? execFileSync('ps', ['axwwe'], { encoding: 'utf8', uid: 65_534 })
    : execFileSync('ps', ['axww'], { encoding: 'utf8' })
}

async function runPython(source: string, limits = {}): Promise<string[]> {
  const instance = await harness.start({
    files: { 'main.py': source },
    command: ['python3', 'main.py'],
    runtime: 'python',
    limits,
  })
  instance.stderr.resume()
  return (await readToEnd(instance)).trim().split('\n')
}

describe.skipIf(whyNoSandbox !== null)(`identity${skipNote}`, () => {
  it('SB-01: is an ordinary user inside, and outside a user of its own', async () => {
    expect(await inside('id')).toEqual(['uid=1000(server) gid=1000(server) groups=1000(server)'])
    const [a, b] = await Promise.all([
      harness.start({ command: ['bash', '-c', 'sleep 60'] }),
      harness.start({ command: ['bash', '-c', 'sleep 60'] }),
    ])
    for (const { pid, uid } of [a, b]) {
      expect(readCredentials(pid)?.uids).toEqual([uid, uid, uid, uid])
    }
    expect(a.uid === b.uid).toBe(!isRoot)
    expect(a.uid === process.getuid?.()).toBe(!isRoot)
    await Promise.all([a, b].map((instance) => instance.stop('asked', '', 0)))
  })

  it('SB-02: has no capability, no new privileges and a filter, and so have its children', async () => {
    const lines = await inside(
      `show() { grep -hE '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status; }; show; (bash -c "$(declare -f show); show")`,
    )
    const zero = '\t0000000000000000'
    const expected = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => `${set}:${zero}`)
    const once = [...expected, 'NoNewPrivs:\t1', 'Seccomp:\t2']
    expect(lines).toEqual([...once, ...once])
  })

  it('SB-03: cannot write the kernel’s settings', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8')
    const lines = await inside(
      'for f in kernel/core_pattern vm/swappiness; do (echo x > /proc/sys/$f) 2>&1 | grep -o "Permission denied\\|Read-only.*"; done',
    )
    expect(lines).toEqual(['Permission denied', 'Permission denied'])
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before)
  })

  it('SB-04: cannot take itself out of the memory killer’s sight', async () => {
    const lines = await inside('(echo -1000 > /proc/self/oom_score_adj) 2>&1 | grep -o "Permission denied"')
    expect(lines).toEqual(['Permission denied'])
  })

  it('SB-05: makes FIFOs, but no devices', async () => {
    expect(
      await inside('cd /tmp; mkfifo f && echo made; mknod d c 1 3 2>&1 | grep -o "Operation not permitted"'),
    ).toEqual(['made', 'Operation not permitted'])
  })

  it.skipIf(!isRoot)(
    `SB-06: leaves no setuid file that means root${isRoot ? '' : ' [skipped: only root could leave one]'}`,
    async () => {
      const instance = await harness.start({
        files: { 'run.sh': 'cp /usr/bin/id /data/id; chmod 6755 /data/id; /data/id -u; echo done' },
        command: ['bash', 'run.sh'],
      })
      expect(await readToEnd(instance)).toBe('1000\ndone\n')
      const kept = statSync(join(harness.dataDir, 'data', `server${harness.ledger.rows().length}`, 'id'), {
        throwIfNoEntry: false,
      })
      expect(kept?.uid).not.toBe(0)
    },
  )

  it('SB-07, SB-08, SB-09, SB-10: is refused what the filter refuses, and goes on', async () => {
    const source = readFileSync(join(FIXTURES, 'syscalls.py'), 'utf8')
    const results = Object.fromEntries((await runPython(source)).map((line) => line.split(' ')))
    const refused = [
      'ptrace',
      'process_vm_readv',
      'bpf',
      'perf_event_open',
      'userfaultfd',
      'io_uring_setup',
      'keyctl',
      'add_key',
      'mount',
      'unshare',
      'clone-newuser',
      'clone-newuser-high',
      'tiocsti',
      'tiocsti-high',
    ]
    const foreign = ['vsock', 'vsock-high', 'packet', 'alg', 'netfilter']
    expect(results).toEqual({
      ...Object.fromEntries(refused.map((name) => [name, 'EPERM'])),
      ...Object.fromEntries(foreign.map((name) => [name, 'EAFNOSUPPORT'])),
      ...Object.fromEntries(['route', 'inet', 'inet6', 'unix'].map((name) => [name, 'ok'])),
      clone3: 'ENOSYS',
      alive: undefined,
    })
  })
})

describe.skipIf(process.arch !== 'x64' || whyNoSandbox !== null)(
  `a foreign system call${process.arch === 'x64' ? '' : ' [skipped: x86-64 only]'}`,
  () => {
    it('SB-11: int 0x80 is killed, and reported as what it is', async () => {
      const instance = await harness.start({
        files: {
          'main.py': `
import ctypes, mmap
code = bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]) # mov eax, 20 (getpid); int 0x80; ret
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print('survived', flush=True)`,
        },
        command: ['python3', 'main.py'],
      })
      expect(await instance.ended).toMatchObject({
        cause: 'signalled',
        signal: 'SIGSYS',
        detail: 'It was killed for a system call that the sandbox forbids (SIGSYS).',
      })
      expect(await readToEnd(instance)).toBe('')
    })
  },
)

describe.skipIf(whyNoSandbox !== null)(`files and secrets${skipNote}`, () => {
  it('SB-13: sees no file of the host', async () => {
    const paths = [harness.dataDir, '/root', '/home', '/etc/shadow', '/sys', '/var', '/boot', '/run']
    expect(await inside(`for p in ${paths.join(' ')}; do [ -e $p ] && echo "sees $p"; done; ls /`)).toEqual(
      expect.not.arrayContaining([expect.stringContaining('sees')]),
    )
    expect(await inside('ls /')).toEqual(
      expect.arrayContaining(['app', 'data', 'dev', 'etc', 'proc', 'tmp', 'usr']),
    )
  })

  it('SB-14: writes nowhere but /data and /tmp', async () => {
    const lines = await inside(
      'for d in /app /usr /etc / /dev /opt; do touch $d/x 2>&1 | grep -o "Read-only file system\\|No such.*"; done; touch /data/x /tmp/x && echo wrote',
    )
    expect(lines.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'Read-only file system'))
    expect(lines.at(-1)).toBe('wrote')
  })

  it('SB-15: links no file of the system or its archive into /data', async () => {
    const lines = await inside(
      'for f in /app/run.sh /usr/bin/id; do ln $f /data/x 2>&1 | grep -o "Invalid cross-device link"; done',
    )
    expect(lines).toEqual(['Invalid cross-device link', 'Invalid cross-device link'])
  })

  it('SB-20: has a /tmp and /dev/shm of its own', async () => {
    const mark = `mark-${process.pid}`
    const writer = await harness.start({
      files: { 'run.sh': `touch /tmp/${mark} /dev/shm/${mark}; echo ready; sleep 60` },
      command: ['bash', 'run.sh'],
    })
    await readUntil(writer, /ready/)
    expect(await inside('ls /tmp /dev/shm')).toEqual(['/dev/shm:', '', '/tmp:'])
    for (const folder of ['/tmp', '/dev/shm']) {
      expect(statSync(join(folder, mark), { throwIfNoEntry: false })).toBeUndefined()
    }
    await writer.stop('asked', '', 0)
  })

  it('SB-21, SB-22: shows no variable of the platform and no secret, inside or in ps', async () => {
    const secret = 'correct-horse-battery'
    const instance = await harness.start({
      files: {
        'run.sh':
          'tr "\\0" "\\n" < /proc/1/environ; tr "\\0" " " < /proc/1/cmdline; echo; echo "own $API_KEY"; read -r _',
      },
      command: ['bash', 'run.sh'],
      environment: { API_KEY: secret },
    })
    const text = await readUntil(instance, /own .*\n/)
    const [own, ...init] = text.trim().split('\n').toReversed()
    expect(own).toBe(`own ${secret}`)
    expect(init.join('\n')).not.toContain(secret)
    expect(init.filter((line) => /^[A-Z_]+=/.test(line) && line !== 'PWD=/')).toEqual([])
    expect(listProcesses()).not.toContain(secret)
    await instance.stop('asked', '', 0)
  })

  it('SB-23: has descriptors 0, 1 and 2, and at most /dev/null of what the daemon inherited', async () => {
    const lines = await runPython(`
import os
for n in sorted(os.listdir('/proc/self/fd'), key=int):
    try: print(n, os.path.basename(os.readlink('/proc/self/fd/' + n)))
    except FileNotFoundError: pass # the listing itself
`)
    expect(lines.filter((line) => !line.endsWith(' null'))).toEqual(['0 in', '1 out', '2 err'])
  })

  it('SB-25: has the environment that is written down, and what it declares', async () => {
    const instance = await harness.start({
      files: { 'main.py': 'import os; print(sorted(os.environ.items()))' },
      command: ['python3', 'main.py'],
      environment: { GREETING: 'hello = "world"', PS1: '$ ', TERM: 'dumb', go: 'untouched' },
    })
    const pairs: Record<string, string> = {
      GREETING: 'hello = "world"',
      HOME: '/data',
      LANG: 'C.UTF-8',
      PATH: '/opt/node/bin:/usr/local/bin:/usr/bin:/bin',
      PS1: '$ ',
      TERM: 'dumb',
      TMPDIR: '/tmp',
      TZ: 'UTC',
      go: 'untouched',
    }
    const shown = Object.entries(pairs).map(([name, value]) => `('${name}', '${value}')`)
    expect((await readToEnd(instance)).trim()).toBe(`[${shown.join(', ')}]`)
  })

  it('SB-24: refuses values that could be read as something else, and starts nothing', async () => {
    const rows = harness.ledger.rows().length
    await expect(
      harness.start({ command: ['bash', '-c', 'true'], environment: { X: 'x\0--ro-bind\0/etc\0/h' } }),
    ).rejects.toMatchObject({ code: 'invalid_config' })
    expect(harness.ledger.rows().length).toBe(rows)
  })

  it('SB-32: can open /dev/stdout and /dev/stderr as scripts do', async () => {
    const instance = await harness.start({
      files: { 'run.sh': 'echo out > /dev/stdout; echo err > /dev/stderr' },
      command: ['bash', 'run.sh'],
    })
    let err = ''
    instance.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
    expect(await readToEnd(instance)).toBe('out\n')
    await instance.ended
    expect(err).toBe('err\n')
  })

  it('SB-45: has no network: no host loopback, no name, no address', async () => {
    const lines = await runPython(`
import os, socket
def attempt(f):
    try: f(); print('reached')
    except OSError as e: print(type(e).__name__, e.errno)
attempt(lambda: socket.create_connection(('127.0.0.1', 22), 2))
attempt(lambda: socket.create_connection(('169.254.169.254', 80), 2))
attempt(lambda: socket.create_connection(('10.0.0.1', 80), 2))
attempt(lambda: socket.getaddrinfo('example.com', 80))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53)))
print(sorted(name for _, name in socket.if_nameindex()), socket.gethostname())
`)
    expect(lines).toEqual([
      'ConnectionRefusedError 111',
      'OSError 101',
      'OSError 101',
      expect.stringMatching(/^gaierror/),
      'OSError 101',
      "['lo'] sandbox",
    ])
  })
})

describe.skipIf(whyNoSandbox !== null)(`the record${skipNote}`, () => {
  it('SB-55: is what the kernel says', async () => {
    const instance = await harness.start({ command: ['bash', '-c', 'sleep 60'] })
    const probe = await harness.backend.probe()
    expect(instance.enforcement).toEqual(probe.planned)
    expect(tierOf(instance.enforcement)).toBe(probe.tier)
    await instance.stop('asked', '', 0)
  })
  it('is tier strong where root has control groups', async ({ skip }) => {
    const { cgroup, planned } = await harness.backend.probe()
    skip(!isRoot || cgroup === 'none', 'not root, or no control group can be written here')
    const hard = (by: string) => ({ level: 'hard', by, why: null })
    const by = `cgroup ${cgroup}`
    expect(planned).toMatchObject({
      uid: 'distinct',
      net: hard('network namespace'),
      memory: hard(by),
      cpu: hard(by),
    })
    const images = harness.host.disk.images !== null
    expect(planned.disk).toMatchObject(
      images ? { level: 'hard', by: 'loop image' } : { level: 'soft', by: 'adding up' },
    )
  })
})

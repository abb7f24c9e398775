/** Way 2: root on a host whose users may make no user namespace. The uid drops inside bubblewrap. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import type { HostProbe } from '../../src/runtime/ports.ts'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import type { SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { readCredentials } from '../../src/system/process-table.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { isRoot, openHarness, readUntil, runInside, whyNoSandbox, type Harness } from './sandbox-harness.ts'

const whyNot = whyNoSandbox ?? (isRoot ? null : 'only root can drop to another uid')
const note = whyNot === null ? '' : ` [skipped: ${whyNot}]`

const asSecond = (host: SandboxHost): SandboxHost => ({
  ...host,
  way: 2,
  launch: { ...host.launch, way: 2 },
})

describe.skipIf(whyNot !== null)(`without user namespaces${note}`, () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await openHarness('strong', undefined, undefined, asSecond)
  })
  afterAll(async () => await harness.close())
  const inside = async (script: string) => (await runInside(harness, script)).trim().split('\n')

  it('SB-01, SB-02: is its own host uid by name, without capability or new privileges, and filtered', async () => {
    const lines = await inside(
      'id; grep -hE "^(Cap...|NoNewPrivs|Seccomp):" /proc/self/status; python3 -c "import getpass; print(getpass.getuser())"',
    )
    const uid = Number(/^uid=(\d+)\(server\) gid=\1\(server\) groups=\1\(server\)$/.exec(lines[0] ?? '')?.[1])
    expect(uid).toBeGreaterThan(200_000)
    const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => `${set}:\t0000000000000000`)
    expect(lines.slice(1)).toEqual([...sets, 'NoNewPrivs:\t1', 'Seccomp:\t2', 'server'])
  })

  it('SB-03, SB-08: cannot write the kernel’s settings nor make a namespace', async () => {
    expect(
      await inside(
        `(echo x > /proc/sys/kernel/core_pattern) 2>&1 | grep -o "Permission denied"
         unshare --user true 2>&1 | grep -o "Operation not permitted"
         mount -t tmpfs x /tmp 2>&1 | grep -oE "permission denied|must be superuser"
         (echo x > /proc/1/oom_score_adj) 2>&1 | grep -o "Permission denied"; echo done`,
      ),
    ).toEqual([
      'Permission denied',
      'Operation not permitted',
      expect.stringMatching(/permission denied|superuser/),
      'Permission denied',
      'done',
    ])
  })

  it('SB-13, SB-14: sees nothing of the host, and writes /data and /tmp alone', async () => {
    const lines = await inside(
      `for p in ${harness.dataDir} /root /home /etc/shadow /sys /var; do [ -e $p ] && echo "sees $p"; done
       for d in /app /usr /etc / /dev; do touch $d/x 2>/dev/null && echo "wrote $d"; done
       touch /data/x /tmp/x && echo wrote; cat /proc/1/environ | tr -d "\\0"; ls /proc | grep -c "^[0-9]"`,
    )
    expect(lines[0]).toBe('wrote')
    expect(Number(lines.at(-1))).toBeLessThan(8)
  })

  it('SB-55: proves tier strong, and says by what', async () => {
    const instance = await harness.start({ command: ['bash', '-c', 'echo up; sleep 60'] })
    await readUntil(instance, /up/)
    expect(instance.enforcement.fs).toEqual({ level: 'hard', by: 'mount and pid namespaces', why: null })
    expect(instance.enforcement.uid).toBe('distinct')
    expect(readCredentials(instance.pid)?.uids).toEqual(Array.from({ length: 4 }, () => instance.uid))
    expect(await instance.stop('asked', 'over', 2000)).toMatchObject({ cause: 'asked', signal: 'SIGTERM' })
  })

  it('reads its secret files', async () => {
    const spec = await harness.spec({ command: ['bash', '-c', 'cat /run/secrets/KEY; echo; sleep 60'] })
    const value = new Secret('correct-horse')
    const secrets = [{ name: 'KEY', value, as: 'file' as const, version: 1 }]
    const instance = await harness.backend.start({ ...spec, secrets }, harness.ledger)
    expect(await readUntil(instance, /\n/)).toBe('correct-horse\n')
    await instance.stop('asked', '', 0)
  })

  it('runs jobs', async () => {
    const lines: string[] = []
    const { host } = harness
    const { appDir } = await harness.spec({ command: ['bash'] })
    const tools = createTools(host, createInterpreters(host))
    const result = await createJail({ host, tools, minTier: 'namespaces', egress: openTestEgress() }).run(
      {
        argv: ['/bin/sh', '-c', 'touch /app/made && echo ok'],
        appDir,
        binds: [],
        environment: {},
        reach: [],
        limits: { memoryMb: 256, cpuPercent: 100, maxProcesses: 64, diskMb: 64 },
        timeoutSeconds: 30,
        onLine: (line) => lines.push(line),
      },
      new AbortController().signal,
    )
    expect({ code: result.code, lines }).toEqual({ code: 0, lines: ['ok'] })
  })

  it('SB-54: is chosen by trying, where namespaces are used up, and the probe says so', async () => {
    const probe = await probeWithoutUserNamespaces()
    expect(probe.tier).not.toBe('none')
    expect(probe.planned.fs).toEqual({ level: 'hard', by: 'mount and pid namespaces', why: null })
    const found = probe.checks.find(({ id }) => id === 'uids')
    expect(found).toMatchObject({ status: 'warn', fix: expect.stringContaining('user.max_user_namespaces') })
    expect(found?.found).toMatch(/way 2.*exceeded/)
  })
})

/** The limit is one of a user namespace: in a wide one of its own the machine's other users keep theirs. */
async function probeWithoutUserNamespaces(): Promise<HostProbe> {
  const holder = spawn('/usr/bin/unshare', ['--user', '--', '/bin/cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  try {
    holder.stdin.write('up\n')
    await once(holder.stdout, 'data')
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${holder.pid}/${map}`, '0 0 1000000\n')
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    const enter = ['-t', String(holder.pid), '-U', '-S', '0', '-G', '0', '--']
    const probe = [process.execPath, join(import.meta.dirname, 'probe-process.ts')]
    const child = spawn('/usr/bin/nsenter', [...enter, '/bin/sh', '-c', script, 'sh', ...probe], { env: {} })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
    await once(child, 'close')
    if (out === '') throw new Error(err)
    // The machine's own limit is as it was.
    expect(Number(readFileSync('/proc/sys/user/max_user_namespaces', 'utf8'))).toBeGreaterThan(0)
    return JSON.parse(out) as HostProbe
  } finally {
    holder.stdin.end()
  }
}

/** Secrets inside a real sandbox: where they are, and where they are not. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import type { LaunchSpec } from '../../src/runtime/ports.ts'
import { findProcesses } from '../e2e/platform.ts'
import {
  isRoot,
  openHarness,
  readToEnd,
  readUntil,
  skipNote,
  whyNoSandbox,
  type Harness,
} from './sandbox-harness.ts'

const CANARY = `canary-${process.pid}-value`
const BINARY = Buffer.concat([
  Buffer.from(CANARY),
  Buffer.from([0, 255, 10, 13, 27]),
  Buffer.alloc(65_000, 7),
])

const give = (name: string, value: string | Uint8Array, as: 'environment' | 'file') => ({
  name,
  value: new Secret(value),
  version: 1,
  as,
})

describe.skipIf(whyNoSandbox !== null)(`secrets in a sandbox${skipNote}`, () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await openHarness()
  })
  afterAll(() => harness.close())

  const run = async (script: string, secrets: LaunchSpec['secrets'], environment = {}) => {
    const server = { files: { 'run.sh': script }, command: ['bash', 'run.sh'], secrets, environment }
    const instance = await harness.start(server)
    instance.stderr.resume()
    return readToEnd(instance)
  }

  it('SB-25: the environment holds the base, what is declared and the secrets, and nothing else', async () => {
    const seen = await run('env -0 | tr "\\0" "\\n"', [give('API_KEY', CANARY, 'environment')], {
      UNITS: 'metric',
    })
    const names = seen.split('\n').flatMap((line) => /^([A-Za-z_]+)=/.exec(line)?.[1] ?? [])
    // The last four are bash's own.
    const own = ['_', 'PWD', 'SHLVL', 'OLDPWD']
    expect(names.filter((name) => !own.includes(name)).sort()).toEqual([
      'API_KEY',
      'HOME',
      'LANG',
      'PATH',
      'TMPDIR',
      'TZ',
      'UNITS',
    ])
    expect(seen).toContain(`API_KEY=${CANARY}\n`)
  })

  it('SB-21: /proc/1 inside names no variable of the platform and no secret', async () => {
    const seen = await run('cat /proc/1/environ; echo; cat /proc/1/cmdline', [
      give('API_KEY', CANARY, 'environment'),
      give('TLS_KEY', CANARY, 'file'),
    ])
    expect(seen).toMatch(/^PWD=\/\0\n\/usr\/bin\/bwrap\0--args\0/)
    expect(seen).not.toContain(CANARY)
  })

  it('SB-22: the host sees no secret in any argument list, and in no environment but the payload’s', async () => {
    const mark = `sandbox-secret-${process.pid}`
    const instance = await harness.start({
      files: { 'run.sh': 'echo up; read -r line; echo "$line"' },
      command: ['bash', 'run.sh', mark],
      secrets: [give('API_KEY', CANARY, 'environment'), give('TLS_KEY', CANARY, 'file')],
    })
    instance.stderr.resume()
    await readUntil(instance, /up/)
    const pids = findProcesses(mark)
    // bubblewrap outside, its init inside, the payload.
    expect(pids.length).toBeGreaterThanOrEqual(2)
    for (const pid of pids) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(CANARY)
      // A plain user may not look into the sandbox, and so finds it in none.
      expect([pid, readEnviron(pid).includes(CANARY)]).toEqual([pid, isRoot && pid === instance.pid])
    }
    await instance.stop('asked', 'the test is over', 0)
  })

  it('a file secret comes byte by byte, for the server alone to read, and never to write', async () => {
    const seen = await run(
      `stat -c '%a %u %s' /run/secrets/TLS_KEY; sha256sum < /run/secrets/TLS_KEY; ls /run/secrets
       { echo x > /run/secrets/TLS_KEY; } 2>/dev/null && echo written
       { chmod 600 /run/secrets/TLS_KEY; } 2>/dev/null && echo changed
       { touch /run/secrets/x; } 2>/dev/null && echo added
       ls -l /proc/$$/fd | grep -c -e socket -e bindfile`,
      [
        give('TLS_KEY', BINARY, 'file'),
        give('ZERO', 'second-file', 'file'),
        give('API_KEY', CANARY, 'environment'),
      ],
    )
    const { createHash } = await import('node:crypto')
    const [stat, hash, ...rest] = seen.trim().split('\n')
    expect(stat).toBe(`400 1000 ${BINARY.length}`)
    expect(hash).toContain(createHash('sha256').update(BINARY).digest('hex'))
    // Nor does a descriptor of theirs reach it.
    expect(rest.map((line) => line.trim())).toEqual(['TLS_KEY', 'ZERO', '0'])
  })

  it('takes as many files as a server may have', async () => {
    const files = Array.from({ length: 64 }, (_, index) => give(`S${index}`, `value-number-${index}`, 'file'))
    expect(await run('cat /run/secrets/S0 /run/secrets/S63; ls /run/secrets | wc -l', files)).toBe(
      'value-number-0value-number-6364\n',
    )
  })

  it.each([
    ['a NUL in a variable', give('API_KEY', `${CANARY}\0--ro-bind\0/etc\0/hostetc`, 'environment')],
    ['a line break in a variable', give('API_KEY', `${CANARY}\nPATH=/x`, 'environment')],
    ['the name --bind', give('--bind', CANARY, 'environment')],
    ['the name ../x', give('../x', CANARY, 'file')],
    ['the name .', give('.', CANARY, 'file')],
    ['a loader’s variable', give('LD_PRELOAD', CANARY, 'environment')],
    ['a name with a NUL', give('A\0B', CANARY, 'file')],
  ])('SB-24: %s is refused before anything is made, without the value', async (_, secret) => {
    const before = harness.ledger.rows().length
    const refused = await run('true', [secret]).then(
      () => null,
      (error: unknown) => error as Error & { code: string },
    )
    expect(refused?.code).toBe('invalid_config')
    expect(refused?.message).not.toContain(CANARY)
    expect(harness.ledger.rows()).toHaveLength(before)
  })
})

function readEnviron(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

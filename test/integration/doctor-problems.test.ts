/** Planted problems, each of which doctor has to name together with exactly the command that mends it. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkPrograms } from '../../src/runtime/sandbox/check-programs.ts'
import { buildKernelChecks } from '../../src/runtime/sandbox/check-kernel.ts'
import { checkTools, checkVenv } from '../../src/runtime/sandbox/check-tools.ts'
import type { ToolName } from '../../src/runtime/sandbox/find-tools.ts'
import { PROGRAM_NAMES } from '../../src/runtime/sandbox/open-host.ts'
import { checkGroups, findUidFix } from '../../src/runtime/sandbox/probe-host.ts'
import { checkStorage } from '../../src/store/storage-checks.ts'

const isRoot = process.getuid?.() === 0
type Check = { readonly status: string; readonly fix: string | null }
const problems = (checks: readonly Check[]) =>
  checks.filter(({ status }) => status !== 'ok').map(({ status, fix }) => ({ status, fix }))

describe('a program that is not installed', () => {
  it.each([
    ['bwrap', 'bubblewrap'],
    ['ip', 'iproute2'],
    ['unshare', 'util-linux'],
    ['setpriv', 'util-linux'],
    ['nsenter', 'util-linux'],
    ['mount', 'mount'],
    ['mkfifo', 'coreutils'],
  ])('%s: comes with %s', (hidden, name) => {
    const found = Object.fromEntries(PROGRAM_NAMES.filter((one) => one !== hidden).map((one) => [one, one]))
    expect(problems(checkPrograms(found))).toEqual([
      { status: 'fail', fix: `Install them: apt-get install ${name}.` },
    ])
  })

  it('is none where all are there', () => {
    expect(problems(checkPrograms(Object.fromEntries(PROGRAM_NAMES.map((one) => [one, one]))))).toEqual([])
  })
})

describe('a setting that forbids sandboxes', () => {
  it.each([
    ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=10000'],
    ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
    [
      'kernel/apparmor_restrict_unprivileged_userns',
      '1',
      'Give bwrap and unshare a profile with userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0.',
    ],
  ])('%s = %s', (name, value, fix) => {
    const read = (asked: string) => (asked === name ? value : null)
    expect(problems(buildKernelChecks({ read, noNewPrivs: false, isRoot: false }))).toEqual([
      { status: 'warn', fix },
    ])
  })

  it('NoNewPrivileges of the service', () => {
    const facts = { read: () => null, noNewPrivs: true }
    expect(problems(buildKernelChecks({ ...facts, isRoot: false }))).toEqual([
      { status: 'warn', fix: 'Remove NoNewPrivileges=yes and DynamicUser=yes from the service.' },
    ])
    expect(problems(buildKernelChecks({ ...facts, isRoot: true }))).toEqual([])
  })

  it('control groups that cannot be written', () => {
    expect(checkGroups({ groups: null, groupsFound: 'memory is not delegated' })).toMatchObject({
      status: 'warn',
      found: 'no control group can be used: memory is not delegated',
      fix: 'Run the platform as root, or as a service with Delegate=yes; else limits on memory and CPU are soft.',
    })
  })
})

describe('uids of their own', () => {
  it('lack newuidmap', () => {
    expect(findUidFix({ way: 3, whyWay: 'newuidmap is not installed' })).toBe(
      'Install it: apt-get install uidmap; and leave NoNewPrivileges off.',
    )
  })

  it('lack a range', () => {
    const fix = findUidFix({ way: 3, whyWay: 'this user has no range in /etc/subuid and /etc/subgid' })
    expect(fix).toContain('usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER')
  })
})

describe('an interpreter that is not there', () => {
  it.each([
    ['python', 'Install it: apt-get install python3 python3-venv.'],
    ['node', 'Install libatomic1 and libstdc++6: apt-get install libatomic1.'],
    ['bash', 'Install it: apt-get install bash.'],
  ])('%s', async (hidden, fix) => {
    const find = async (name: ToolName) =>
      name === hidden ? null : { name, argv: [name], version: '1.0', binds: [] }
    expect(problems(await checkTools({ find }))).toEqual([{ status: 'warn', fix }])
  })
})

describe('Python’s own modules', () => {
  it.each(['/bin/false', '/nowhere/python3'])('are missing with %s', async (python) => {
    expect(problems([await checkVenv(python)])).toEqual([
      { status: 'warn', fix: 'Install it: apt-get install python3-venv.' },
    ])
  })
})

describe('storage', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'doctor-'))
  })
  afterEach(async () => rm(dir, { recursive: true, force: true }))
  const check = (more: Partial<Parameters<typeof checkStorage>[0]>) =>
    checkStorage({ folders: { data_dir: dir }, secretFiles: {}, minFreeBytes: 0, ...more })

  it('is fine as the platform makes it, and before there is any', async () => {
    expect(problems(await check({ folders: { data_dir: dir, logs_dir: join(dir, 'logs') } }))).toEqual([])
  })

  it('that others may read', async () => {
    await chmod(dir, 0o755)
    expect(problems(await check({}))).toEqual([{ status: 'warn', fix: `chmod 700 ${dir}` }])
    await chmod(dir, 0o711)
    expect(problems(await check({}))).toEqual([])
  })

  it('that is a file', async () => {
    await writeFile(join(dir, 'file'), '')
    const fix = 'Move it away, or set data_dir to another folder.'
    expect(problems(await check({ folders: { data_dir: join(dir, 'file') } }))).toEqual([
      { status: 'fail', fix },
    ])
  })

  it('that lies below a file', async () => {
    await writeFile(join(dir, 'file'), '')
    const fix = 'Set data_dir to another folder, or mend the path.'
    expect(problems(await check({ folders: { data_dir: join(dir, 'file/data') } }))).toEqual([
      { status: 'fail', fix },
    ])
  })

  it.skipIf(isRoot)(`that this user cannot make${isRoot ? ' [skipped: root can]' : ''}`, async () => {
    await chmod(dir, 0o500)
    const path = join(dir, 'data')
    const fix = `As root: install -d -m 700 -o ${process.getuid?.()} ${path}`
    expect(problems(await check({ folders: { data_dir: path } }))).toEqual([{ status: 'fail', fix }])
  })

  it.each(['secrets.key', 'cli-token'])('whose %s others may read', async (name) => {
    const path = join(dir, name)
    await mkdir(dir, { recursive: true })
    await writeFile(path, 'x', { mode: 0o600 })
    expect(problems(await check({ secretFiles: { key: path } }))).toEqual([])
    await chmod(path, 0o644)
    expect(problems(await check({ secretFiles: { key: path } }))).toEqual([
      { status: 'fail', fix: `chmod 600 ${path}, and replace what it held: it may have been read` },
    ])
  })

  it('that is nearly full', async () => {
    expect(problems(await check({ minFreeBytes: Number.MAX_SAFE_INTEGER }))).toEqual([
      {
        status: 'warn',
        fix: 'Delete old versions (haivemind delete, haivemind versions) or move data_dir to a larger disk.',
      },
    ])
  })
})

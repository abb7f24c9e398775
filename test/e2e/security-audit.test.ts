/** The audit log of a running platform: what is in it, what happens when it is changed or cannot be written. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, isAlive, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readLog, readStatus } from './servers.ts'

type Record = {
  readonly seq: number
  readonly actor: string
  readonly via: string
  readonly action: string
  readonly resource: string | null
  readonly outcome: string
}
type Verdict = {
  readonly ok: boolean
  readonly problem: { readonly seq: number } | null
  readonly records: number
}

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform[Symbol.asyncDispose]())

async function listRecords(...flags: string[]): Promise<Record[]> {
  const { stdout } = await platform.cli(['audit', 'list', '-n', '500', '--json', ...flags])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record)
}

async function verify(...flags: string[]): Promise<Verdict & { readonly code: number | null }> {
  const { code, stdout, stderr } = await platform.cli(['audit', 'verify', '--json', ...flags])
  if (stdout === '') throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Verdict), code }
}

const ask = (method: string, path: string, token: string, json?: unknown) =>
  fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })

describe('what people do', () => {
  it('is in it, over the command line, REST and MCP, with who was turned away', async () => {
    const { stderr, document } = await deployBash(
      platform,
      'noted',
      buildServer(),
      {},
      '--env',
      'KEY=value-of-it',
    )
    expect(document.error, stderr).toBeNull()
    const reader = await platform.token('servers:read')
    const deleter = await platform.token('servers:delete')
    expect((await ask('POST', '/servers/noted/stop', reader, {})).status).toBe(403)
    expect((await ask('POST', '/servers/noted/stop', 'hvm_no_one', {})).status).toBe(401)
    const answer = await fetch(`${platform.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${deleter}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'delete_mcp_server',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'delete_mcp_server',
          arguments: { name: 'noted', force: true },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    })
    expect(await answer.text()).toContain('is deleted')
    const records = await listRecords()
    const told = records.map(({ via, action, resource, outcome }) =>
      [via, action, resource ?? '-', outcome].join(' '),
    )
    expect(told).toEqual(
      expect.arrayContaining([
        'cli server.deploy - attempt',
        'cli server.deploy - success',
        'platform server.deploy server:noted success',
        'cli token.create - attempt',
        'cli token.create - success',
        'api server.stop server:noted denied',
        'mcp server.delete server:noted attempt',
        'mcp server.delete server:noted success',
      ]),
    )
    expect(records.find(({ action }) => action === 'server.delete')?.actor).toMatch(/^token:tok_/)
    expect(JSON.stringify(records)).not.toContain('value-of-it')
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => (records[0]?.seq ?? 0) + index))
    expect(await verify()).toMatchObject({ ok: true, code: 0, problem: null })
    const { stdout } = await platform.cli(['audit', 'export', '--jsonl'])
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Record).seq)[0],
    ).toBe(1)
  })

  it('S-133: lines of a hosted server forge no record of the platform', async () => {
    const forged = '{"level":"fatal","msg":"forged by a server","component":"platform"}'
    const record = '{"seq":1,"actor":"local","action":"forged.by.server"}'
    const before = `printf 'x\\n${forged}\\r\\n${record}\\n' >&2; printf '${forged}\\n' >&1`
    await deployBash(platform, 'forger', buildServer({ before }))
    await eventually('its lines are stored', async () => {
      const lines = await readLog(platform, 'forger', '--stream', 'stderr')
      return lines.some(({ text }) => text.includes('forged by a server')) ? true : null
    })
    const own = await readLog(platform, 'forger', '--stream', 'platform')
    expect(JSON.stringify(own)).not.toContain('forged')
    for (const line of platform.log().split('\n'))
      expect(line.startsWith('{"level":"fatal"'), line).toBe(false)
    expect(JSON.stringify(await listRecords())).not.toContain('forged')
    await platform.json('delete', 'forger', '--yes')
  })
})

describe('a log that was changed', () => {
  const database = () => join(platform.dataDir, 'haivemind.db')
  const change = (sql: string) => {
    const connection = new DatabaseSync(database())
    try {
      connection.exec(sql)
    } finally {
      connection.close()
    }
  }

  it('S-130: an edit, a deletion, a move and a cut are each found, by their first record', async () => {
    await platform.stop()
    const copy = readFileSync(database())
    const wal = `${database()}-wal`
    expect(existsSync(wal) ? statSync(wal).size : 0, 'all is in the one file').toBe(0)
    expect(await verify()).toMatchObject({ ok: true, code: 0 })
    expect(() => change(`UPDATE audit SET actor = 'x' WHERE seq = 3`)).toThrow('never changed')
    const open = 'DROP TRIGGER audit_keeps_content; DROP TRIGGER audit_keeps_rows;'
    const { records } = await verify()
    const cases: readonly (readonly [string, number])[] = [
      [`UPDATE audit SET actor = 'nobody' WHERE seq = 3`, 3],
      ['DELETE FROM audit WHERE seq = 4', 4],
      [
        'UPDATE audit SET seq = 1000 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 1000',
        2,
      ],
      [`DELETE FROM audit WHERE seq > ${records - 2}`, records - 1],
    ]
    for (const [sql, seq] of cases) {
      change(`${open} ${sql}`)
      expect(await verify(), sql).toMatchObject({ ok: false, code: 1, problem: { seq } })
      writeFileSync(database(), copy)
    }
    expect(await verify()).toMatchObject({ ok: true, code: 0 })
    await platform.start()
    expect(await verify(), 'while the platform runs').toMatchObject({ ok: true, code: 0 })
  })

  it('S-131: a killed platform leaves the chain whole', async () => {
    const token = await platform.token('admin')
    for (let n = 0; n < 3; n++) {
      const writers = Array.from({ length: 4 }, async () => {
        for (let at = 0; at < 1000; at++) {
          const made = await ask('POST', '/tokens', token, { name: 'x', scopes: ['mcp:call'] }).catch(
            () => null,
          )
          if (made === null) return
        }
      })
      await new Promise((resolve) => setTimeout(resolve, 100 + 70 * n))
      await platform.kill()
      await Promise.all(writers)
      expect(await verify(), `after kill ${n + 1}`).toMatchObject({ ok: true, code: 0 })
      await platform.start()
    }
    expect((await verify()).ok).toBe(true)
  })
})

const canMount = process.getuid?.() === 0 && tryMount()
function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it.skipIf(!canMount)(
  'S-132: on a full disk nothing changes and reading goes on (needs root, to mount a small file system)',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'haivemind-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk])
    const usual = platform
    try {
      mkdirSync(join(disk, 'data'), { mode: 0o700 })
      await using small = await startPlatform({ data_dir: join(disk, 'data') })
      platform = small
      await deployBash(small, 'steady', buildServer())
      const { instance } = await readStatus(small, 'steady')
      const token = await small.token('admin', 'mcp:call')
      const make = () => ask('POST', '/tokens', token, { name: 'x', scopes: ['mcp:call'] })
      const count = async () =>
        ((await (await ask('GET', '/tokens', token)).json()) as { items: unknown[] }).items.length

      fill(join(disk, 'filler'))
      // What room the write-ahead log had left is used up first.
      await eventually('a change is refused', async () => ((await make()).status === 507 ? true : null))
      const before = await count()
      const refused = await make()
      expect(refused.status).toBe(507)
      expect(await refused.json()).toMatchObject({ code: 'disk_full' })
      expect((await ask('POST', '/servers/steady/stop', token, {})).status).toBe(507)
      expect((await ask('DELETE', '/servers/steady?force=true', token)).status).toBe(507)
      expect(await count()).toBe(before)
      expect((await ask('GET', '/servers/steady', token)).status).toBe(200)
      expect((await ask('GET', '/servers/steady/logs', token)).status).toBe(200)
      expect((await ask('GET', '/audit', token)).status).toBe(200)
      expect(isAlive(instance?.pid ?? 0), 'the server still runs').toBe(true)

      rmSync(join(disk, 'filler'))
      expect((await make()).status).toBe(201)
      expect(await verify()).toMatchObject({ ok: true, code: 0 })
    } finally {
      platform = usual
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  },
)

/** Until not one byte more fits. */
function fill(path: string): void {
  for (const size of [1024 * 1024, 64 * 1024, 4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}

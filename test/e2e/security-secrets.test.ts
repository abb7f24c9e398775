/** Secrets through the built daemon: kept, handed over, masked, and sought everywhere else. */
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectV2 } from './clients.ts'
import { eventually, listFiles, readParent, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readLog, readStatus, writeTree } from './servers.ts'

const CANARY = `canary-${process.pid}.x/y+z w~1`
const FILE_CANARY = `-----BEGIN KEY-----\nfileCanary${process.pid}AAAA\nfileCanary${process.pid}BBBB\n-----END KEY-----\n`
const FILE_LINES = FILE_CANARY.split('\n').slice(1, 3)

/** Whatever a programmer's slip would print of it. */
const LEAKY = buildServer({
  before: `leak() {
    printf '%s' "$API_KEY"; printf ' %s' "$API_KEY" | base64 -w0; echo
    printf 'user:%s' "$API_KEY" | base64 -w0; echo
    printf '%s' "$API_KEY" | od -An -tx1 -v | tr -d ' \\n'; echo
    local i c; for ((i = 0; i < \${#API_KEY}; i++)); do c=\${API_KEY:i:1}
      case $c in [a-zA-Z0-9.~_-]) printf '%s' "$c" ;; *) printf '%%%02X' "'$c" ;; esac; done; echo
    [ -r /run/secrets/TLS_KEY ] && cat /run/secrets/TLS_KEY
  }
  leak >&2`,
  onCall: `leak >&2; text=$(leak | tr '\\n' '|'); reply "$id" '{"content":[{"type":"text","text":"'"$text"'"}]}'`,
})
const SECRETS = ['API_KEY', { name: 'TLS_KEY', as: 'file' }]

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform({ health_check_interval: 1 })
})
afterAll(async () => platform[Symbol.asyncDispose]())

const dataFile = (name: string) => join(platform.dataDir, name)
const setSecret = async (server: string, key: string, value: string, ...flags: string[]) => {
  const run = await platform.cli(['secret', 'set', server, key, ...flags], { stdin: `${value}\n` })
  expect(run.code, run.stderr).toBe(0)
  return run
}
const setFile = async (server: string) => {
  const path = join(platform.folder, 'key.pem')
  writeFileSync(path, FILE_CANARY)
  const run = await platform.cli(['secret', 'set', server, 'TLS_KEY', '--from-file', path])
  rmSync(path)
  expect(run.code, run.stderr).toBe(0)
}

/** The value, and what anybody would decode. */
const FORMS = [
  CANARY,
  ...FILE_LINES,
  Buffer.from(CANARY).toString('hex'),
  encodeURIComponent(CANARY),
  ...[CANARY, FILE_CANARY].flatMap((value) =>
    ['', 'a', 'ab'].map((before) =>
      Buffer.from(before + value)
        .toString('base64')
        .slice(4, 28),
    ),
  ),
]
const findForms = (text: string) => FORMS.filter((form) => text.includes(form))

it('a missing required secret blocks the start by name, and the last one set lifts it', async () => {
  const { document, code } = await deployBash(platform, 'leaky', LEAKY, { secrets: SECRETS })
  expect([code, document.status, document.error]).toMatchObject([
    9,
    'failed',
    {
      code: 'secret_missing',
      message:
        'The server "leaky" did not start: leaky needs the secrets API_KEY, TLS_KEY, which are not set.',
      hint: 'haivemind secret set leaky API_KEY; haivemind secret set leaky TLS_KEY',
    },
  ])
  const refused = await platform.cli(['start', 'leaky', '--json'])
  expect(refused.code).toBe(9)
  expect(refused.stderr).toContain('secret_missing')

  await setSecret('leaky', 'API_KEY', CANARY)
  expect((await readStatus(platform, 'leaky')).status).toBe('failed')
  await setFile('leaky')
  await eventually('the start', async () =>
    (await readStatus(platform, 'leaky')).status === 'running' ? true : null,
  )
})

it('S-61: of a secret name, version, time and fingerprint are told, and no character of it', async () => {
  const { items } = await platform.json<{ items: Record<string, unknown>[] }>('secret', 'list', 'leaky')
  expect(items.map(({ name, version, as, set }) => [name, version, as, set])).toEqual([
    ['API_KEY', 1, 'environment', true],
    ['TLS_KEY', 1, 'file', true],
  ])
  for (const item of items) {
    expect(item['fingerprint']).toMatch(/^[0-9a-f]{16}$/)
    expect(item['created_at']).toMatch(/^\d{4}-/)
    expect(Object.keys(item)).not.toContain('value')
  }
  expect(findForms(JSON.stringify(items))).toEqual([])
  // The same value elsewhere has another one: it is keyed and bound to its place.
  const tools = await platform.json<{ tools?: unknown }>('tools', 'leaky')
  expect(findForms(JSON.stringify(tools))).toEqual([])
})

it('S-64: printed plain, in base64, URL-encoded, in hex or by lines, it is masked everywhere', async () => {
  const endpoint = `${platform.url}/servers/leaky/mcp`
  const token = await platform.token()
  const texts: string[] = []
  for (const era of ['legacy', '2026-07-28'] as const) {
    const client = await connectV2(endpoint, token, era)
    texts.push((await client.call('act', {})).text)
    await client.close()
  }
  texts.push((await platform.cli(['call', 'leaky', 'act'])).stdout)
  for (const text of texts) {
    expect(findForms(text)).toEqual([])
    // Six lines, each with its mark: nothing was dropped, and what is no secret stays.
    expect(text.match(/\[secret:API_KEY\]/g)).toHaveLength(5)
    expect(text.match(/\[secret:TLS_KEY\]/g)?.length).toBeGreaterThan(0)
  }
  const log = (await readLog(platform, 'leaky')).map((line) => line.text).join('\n')
  expect(findForms(log)).toEqual([])
  expect(log).toContain('[secret:API_KEY]')
  expect(log).toContain('-----BEGIN KEY-----\n[secret:TLS_KEY]\n[secret:TLS_KEY]\n-----END KEY-----')
})

it('S-64: so is what a server says that speaks HTTP itself', async () => {
  const script = `
    import { createServer } from 'node:http'
    const results = {
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'h', version: '1' } },
      'tools/list': { tools: [{ name: 'act', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: 'key ' + process.env.API_KEY }] },
      ping: {},
    }
    createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { id, method } = body === '' ? {} : JSON.parse(body)
      console.log('asked with ' + process.env.API_KEY)
      if (id === undefined) return response.writeHead(request.method === 'POST' ? 202 : 405).end()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} }))
    }).listen(8000)`
  const config = { command: ['node', 'server.mjs'], transport: 'http', port: 8000, secrets: ['API_KEY'] }
  const source = writeTree(platform, { 'server.mjs': script, 'server_config.json': JSON.stringify(config) })
  const run = await platform.cli(['deploy', source, '--secret', 'API_KEY', '--name', 'web', '--wait'], {
    stdin: CANARY,
  })
  expect(run.code, run.stderr).toBe(0)
  expect((await platform.cli(['call', 'web', 'act'])).stdout).toBe('key [secret:API_KEY]\n')
  const log = (await readLog(platform, 'web')).map((line) => line.text).join('\n')
  expect(log).toContain('asked with [secret:API_KEY]')
  expect(findForms(log)).toEqual([])
})

it('S-60, D7, SB-22: a secret sought in all that is stored or shown is found nowhere', async () => {
  const { instance } = await readStatus(platform, 'leaky')
  const payload = instance?.pid ?? 0

  // A crash: its last words go into status, events, the log and the database.
  const crashing = buildServer({
    before: 'leak() { echo "token $API_KEY" >&2; }; leak',
    onCall: 'leak; exit 3',
  })
  const crashed = await deployBash(platform, 'crashing', crashing, {
    secrets: ['API_KEY'],
    auto_restart: false,
  })
  expect(crashed.document.error?.code).toBe('secret_missing')
  await setSecret('crashing', 'API_KEY', CANARY)
  await eventually('the start', async () =>
    (await readStatus(platform, 'crashing')).status === 'running' ? true : null,
  )
  await platform.cli(['call', 'crashing', 'act'])
  await eventually('the end', async () =>
    (await readStatus(platform, 'crashing')).status === 'failed' ? true : null,
  )

  const token = await platform.token('admin', 'mcp:call')
  const paths = [
    '/servers',
    '/servers/leaky',
    '/servers/leaky/secrets',
    '/servers/leaky/logs',
    '/servers/leaky/versions',
    '/servers/crashing',
    '/servers/crashing/logs',
    '/events',
    '/audit',
    '/system',
    '/stats',
  ]
  for (const path of paths) {
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect([path, response.status, findForms(await response.text())]).toEqual([path, 200, []])
  }
  const status = await readStatus(platform, 'crashing')
  expect(status.last_exit?.stderr_tail).toContain('token [secret:API_KEY]')

  const audit = await fetch(`${platform.url}/api/v1/audit`, { headers: { authorization: `Bearer ${token}` } })
  expect(await audit.text()).toMatch(/"secret\.use"[^}]*"server:(?:leaky|crashing)"/)

  // Database, write-ahead log, logs of servers, run directories, versions, whatever else lies there.
  const files = listFiles(platform.folder)
  expect(files.some((path) => path.endsWith('haivemind.db-wal'))).toBe(true)
  expect(files.filter((path) => holdsForm(join(platform.folder, path)))).toEqual([])
  expect(findForms(platform.log())).toEqual([])

  // Every process on the machine: arguments of all, and the environment of all but those it was given to.
  const { servers } = await platform.json<{ servers: { name: string; instance: { pid: number } | null }[] }>(
    'list',
  )
  const given = servers.filter(({ name }) => name === 'leaky' || name === 'web')
  const holders = new Set(given.flatMap(({ instance: found }) => (found === null ? [] : [found.pid])))
  const own = (pid: number): boolean => pid > 1 && (holders.has(pid) || own(readParentOrZero(pid)))
  const leaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => [
      ...(findForms(readProc(pid, 'cmdline')).length > 0 ? [`${pid} cmdline`] : []),
      ...(!own(Number(pid)) && findForms(readProc(pid, 'environ')).length > 0 ? [`${pid} environ`] : []),
    ])
  expect(leaks).toEqual([])
  // Who may look into the server itself finds it there: the hunt does see what it looks for.
  const seen = process.getuid?.() === 0 ? readProc(String(payload), 'environ') : CANARY
  expect(findForms(seen)).toContain(CANARY)

  // No core can be written, by the platform or by the server.
  for (const pid of [platform.pid(), payload]) {
    expect(readProc(String(pid), 'limits')).toMatch(/Max core file size\s+0\s+0\s/)
  }
  expect(statSync(dataFile('secrets.key')).mode & 0o777).toBe(0o600)
})

it('a changed secret takes effect at the next start, and status says so', async () => {
  const run = await setSecret('leaky', 'API_KEY', `${CANARY}-second`)
  expect(run.stderr).toContain('restart to apply: haivemind restart leaky')
  expect((await platform.cli(['status', 'leaky'])).stdout).toContain('restart to apply')
  // What the running instance still holds is masked too, even for a daemon that never saw it set.
  await platform.kill()
  await platform.start()
  expect((await readStatus(platform, 'leaky')).instance?.adopted).toBe(true)
  const { stdout } = await platform.cli(['call', 'leaky', 'act'])
  expect(findForms(stdout)).toEqual([])
  expect(stdout).toContain('[secret:API_KEY]')
  await platform.json('restart', 'leaky')
  expect((await platform.cli(['status', 'leaky'])).stdout).not.toContain('restart to apply')
})

it('deploy --secret takes the value from the variable, else from standard input', async () => {
  const echo = buildServer({
    onCall: `reply "$id" '{"content":[{"type":"text","text":"'\${#ONE}-\${#TWO}'"}]}'`,
  })
  const config = { command: ['bash', 'server.sh'], secrets: [{ name: 'ONE', required: false }] }
  const source = writeTree(platform, { 'server.sh': echo, 'server_config.json': JSON.stringify(config) })
  const run = await platform.cli(
    ['deploy', source, '--secret', 'ONE', '--secret', 'TWO', '--name', 'given', '--wait'],
    { env: { ONE: 'one-value' }, stdin: 'value-of-two\n' },
  )
  expect(run.code, run.stderr).toBe(0)
  expect((await platform.cli(['call', 'given', 'act'])).stdout).toBe('9-12\n')
})

/** As somebody with the database and without the key. */
function tamper(sql: string): void {
  const database = new DatabaseSync(dataFile('haivemind.db'))
  try {
    database.exec(`PRAGMA busy_timeout = 5000; ${sql}`)
  } finally {
    database.close()
  }
}

it('S-62: with a flipped byte the server is not started, and the message names the secret', async () => {
  await platform.json('stop', 'leaky')
  const database = new DatabaseSync(dataFile('haivemind.db'))
  const row = database
    .prepare(`SELECT rowid, sealed FROM secrets WHERE name = 'API_KEY' AND server_id =
      (SELECT id FROM servers WHERE name = 'leaky')`)
    .get() as { rowid: number; sealed: Uint8Array }
  row.sealed[20]! ^= 1
  database.prepare('UPDATE secrets SET sealed = ? WHERE rowid = ?').run(row.sealed, row.rowid)
  database.close()
  const run = await platform.cli(['start', 'leaky', '--json'])
  expect(run.code).toBe(9)
  expect(JSON.parse(run.stderr)).toMatchObject({
    error: {
      code: 'secret_unreadable',
      message: expect.stringContaining('API_KEY') as string,
      hint: 'Set it again: haivemind secret set leaky API_KEY.',
    },
  })
  expect((await readStatus(platform, 'leaky')).instance).toBeNull()
  await setSecret('leaky', 'API_KEY', CANARY)
  await eventually('the start', async () =>
    (await readStatus(platform, 'leaky')).status === 'running' ? true : null,
  )
})

it('S-63: two stored values that were swapped are refused', async () => {
  tamper(`
    CREATE TEMP TABLE swapped AS SELECT server_id, wrapped_key, sealed FROM secrets WHERE name = 'API_KEY';
    UPDATE secrets SET (wrapped_key, sealed) = (
      SELECT wrapped_key, sealed FROM swapped WHERE swapped.server_id <> secrets.server_id
    ) WHERE name = 'API_KEY'`)
  for (const server of ['leaky', 'crashing']) {
    const run = await platform.cli(['restart', server, '--json'])
    expect(run.stderr).toContain('secret_unreadable')
    await setSecret(server, 'API_KEY', CANARY)
    await eventually('the start', async () =>
      (await readStatus(platform, server)).status === 'running' ? true : null,
    )
  }
})

it('S-65: the key is rotated while servers start, none fails, and the old key opens nothing', async () => {
  const old = readFileSync(dataFile('secrets.key'))
  const rotated = new AbortController()
  const starts = (async () => {
    const codes: (number | null)[] = []
    while (!rotated.signal.aborted) codes.push((await platform.cli(['restart', 'leaky'])).code)
    return codes
  })()
  const rotations: (number | null)[] = []
  for (let round = 0; round < 4; round++) rotations.push((await platform.cli(['secret', 'rotate-key'])).code)
  rotated.abort()
  const codes = await starts
  expect(rotations).toEqual([0, 0, 0, 0])
  expect(codes.length).toBeGreaterThan(1)
  expect(new Set(codes)).toEqual(new Set([0]))
  expect(readFileSync(dataFile('secrets.key')).equals(old)).toBe(false)

  const fresh = readFileSync(dataFile('secrets.key'))
  await platform.stop()
  writeFileSync(dataFile('secrets.key'), old)
  await platform.start()
  const failed = await eventually('the refusal', async () => {
    const status = await readStatus(platform, 'leaky')
    return status.status === 'failed' ? status : null
  })
  expect(failed.reason).toContain('The secrets are locked.')
  await platform.stop()
  writeFileSync(dataFile('secrets.key'), fresh)
  await platform.start()
})

it('S-66: with a wrong key the secrets are locked, nothing is deleted, all else works', async () => {
  await deployBash(platform, 'plain', buildServer())
  const good = readFileSync(dataFile('secrets.key'))
  await platform.stop()
  writeFileSync(dataFile('secrets.key'), Buffer.alloc(32, 1))
  await platform.start()
  const locked = await eventually('the refusal', async () => {
    const status = await readStatus(platform, 'leaky')
    return status.status === 'failed' ? status : null
  })
  expect(locked).toMatchObject({ desired: 'running', instance: null })
  expect(locked.reason).toContain('The secrets are locked.')
  const start = await platform.cli(['start', 'leaky', '--json'])
  expect([start.code, start.stderr]).toEqual([9, expect.stringContaining('keys_locked')])
  const set = await platform.cli(['secret', 'set', 'leaky', 'API_KEY', '--json'], { stdin: 'other-value' })
  expect(set.stderr).toContain('keys_locked')
  const doctor = await platform.cli(['doctor', '--json'])
  expect(doctor.code).toBe(9)
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; status: string }[] }
  expect(checks.find(({ id }) => id === 'secrets_key')).toMatchObject({ status: 'fail' })

  await eventually('the server without secrets', async () =>
    (await readStatus(platform, 'plain')).status === 'running' ? true : null,
  )
  expect((await platform.cli(['call', 'plain', 'act'])).stdout).toBe('hello\n')
  const { items } = await platform.json<{ items: { name: string }[] }>('secret', 'list', 'leaky')
  expect(items.map(({ name }) => name)).toEqual(['API_KEY', 'TLS_KEY'])

  await platform.stop()
  writeFileSync(dataFile('secrets.key'), good)
  await platform.start()
  await eventually('the start', async () =>
    (await readStatus(platform, 'leaky')).status === 'running' ? true : null,
  )
})

/** In pieces that overlap, over the holes: the image of a server's /data is large and nearly empty. */
function holdsForm(path: string): boolean {
  const overlap = Math.max(...FORMS.map((form) => form.length))
  const piece = Buffer.alloc(4 * 2 ** 20)
  const empty = Buffer.alloc(piece.length)
  const file = openSync(path, 'r')
  try {
    for (let at = 0; ; at += piece.length - overlap) {
      const size = readSync(file, piece, 0, piece.length, at)
      const read = piece.subarray(0, size)
      if (!read.equals(empty.subarray(0, size)) && FORMS.some((form) => read.includes(form))) return true
      if (size < piece.length) return false
    }
  } finally {
    closeSync(file)
  }
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

function readParentOrZero(pid: number): number {
  try {
    return readParent(pid)
  } catch {
    return 0
  }
}

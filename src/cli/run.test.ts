import { createServer, type IncomingMessage, type Server } from 'node:http'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { COMMAND_WORDS, loadCommands } from './command-table.ts'
import type { CliIo } from './io.ts'
import { runCli } from './run.ts'

type Answer = { readonly status: number; readonly body: unknown }
let answers: Record<string, Answer> = {}
let seen: { readonly route: string; readonly authorization: string | undefined; readonly body: string }[] = []
let daemon: Server
let url = ''
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-cli-'))
  daemon = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const route = `${request.method} ${request.url?.replace('/api/v1', '')}`
      seen.push({ route, authorization: request.headers.authorization, body })
      const answer = answers[route.split('?')[0] ?? ''] ?? { status: 418, body: 'tea' }
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(daemon.address() as AddressInfo).port}`
})
afterAll(() => {
  daemon.close()
  rmSync(folder, { recursive: true })
})

async function run(words: string[], overrides: Partial<CliIo> = {}) {
  seen = []
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const io: CliIo = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HAIVEMIND_URL: url, HAIVEMIND_TOKEN: 'hvm_test' },
    cwd: folder,
    clock: systemClock,
    version: '1.2.3',
    program: ['/usr/bin/node', '/usr/lib/haivemind/main.js'],
    pid: 42,
    os: 'linux',
    interrupted: new AbortController().signal,
    onHangup: () => {},
    startPlatform: () => Promise.reject(new Error('not here')),
    verifyAudit: () => Promise.reject(new Error('not here')),
    makeBackup: () => Promise.reject(new Error('not here')),
    verifyBackup: () => Promise.reject(new Error('not here')),
    restoreBackup: () => Promise.reject(new Error('not here')),
    runSelftest: () => Promise.reject(new Error('not here')),
    checkFiles: async () => [],
    mendFiles: async () => [],
    probeHost: () => Promise.resolve({ tier: 'namespaces', checks: [] }),
    ...overrides,
  }
  const code = await runCli(words, io)
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}

const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  body: {
    type: 'about:blank',
    title: '',
    status,
    detail,
    code,
    hint: `hint of ${code}`,
    request_id: 'req_7',
  },
})

const COMMANDS = await loadCommands()

describe('help', () => {
  it('knows each command by the words that it says of itself', () => {
    expect(COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases])).toEqual(COMMAND_WORDS)
  })

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has two examples',
    async (name, command) => {
      const { code, stdout } = await run([name, '--help'])
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: haivemind ${name}`)
      expect(command.examples.length).toBeGreaterThanOrEqual(2)
      for (const [line] of command.examples) expect(stdout).toContain(line)
    },
  )

  it('lists every command', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(stdout).toContain(command.summary)
  })

  it('prints the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' })
    expect(JSON.parse((await run(['--version', '--json'])).stdout)).toEqual({ version: '1.2.3' })
  })
})

describe('exit codes', () => {
  it.each([
    [[], 2],
    [['lst'], 2],
    [['list', '--frm'], 2],
    [['tools'], 2],
    [['status', 'a', 'b'], 2],
    [['start'], 2],
    [['start', 'a', '--all'], 2],
    [['wait', 'a', '--for', 'ready'], 2],
    [['logs', 'a', '-n', 'x'], 2],
    [['events', '-n', 'x'], 2],
    [['logs', 'a', '--stream', 'stdin'], 2],
    [['logs', 'a', '--since', 'whenever'], 2],
    [['call', 'a', 'b', '{'], 2],
    [['call', 'a', 'b', '[]'], 2],
    [['set', 'a', 'nonsense'], 2],
    [['delete', 'a'], 2],
    [['rollback', 'a', 'first'], 2],
    [['token', 'make'], 2],
    [['token', 'create', 'x', '--expires', 'soon'], 2],
    [['config', 'put'], 2],
    [['config', 'get', 'dashboard.prt'], 2],
    [['deploy', 'no-such-file'], 2],
    [['deploy', '.', '--env', 'X'], 2],
    [['deploy', '.', '--command', '"open'], 2],
    [['pack', 'no-such-directory'], 2],
  ])('%j is a usage error', async (words, code) => {
    const result = await run(words)
    expect(result.code).toBe(code)
    expect(result.stdout).toBe('')
    expect(seen).toEqual([])
  })

  it.each([
    [403, 'forbidden', 3],
    [404, 'server_not_found', 5],
    [409, 'conflict', 6],
    [409, 'limit_reached', 6],
    [422, 'archive_rejected', 7],
    [504, 'wait_timeout', 8],
    [422, 'start_failed', 9],
    [500, 'internal', 1],
    [503, 'not_ready', 4],
  ])('a problem %d %s ends with %s', async (status, code, exit) => {
    answers = { 'GET /servers/a': problem(status, code, 'what is wrong') }
    const result = await run(['status', 'a', '--json'])
    expect(result.code).toBe(exit)
    expect(result.stdout).toBe('')
    expect(JSON.parse(result.stderr)).toEqual({
      error: { code, message: 'what is wrong', hint: `hint of ${code}`, request_id: 'req_7' },
    })
  })

  it('says where nothing listens', async () => {
    const { code, stderr } = await run(['list'], { env: { HAIVEMIND_URL: 'http://127.0.0.1:9' } })
    expect(code).toBe(4)
    expect(stderr).toContain('error: the platform at http://127.0.0.1:9 does not answer (ECONNREFUSED)')
  })

  it('says when something else listens there', async () => {
    answers = { 'GET /servers': { status: 200, body: '<html>' } }
    const { code, stderr } = await run(['list'])
    expect(code).toBe(4)
    expect(stderr).toContain('is not hAIveMind Hosting')
  })

  it('ends with 78 on a bad configuration, naming file and line', async () => {
    writeFileSync(join(folder, 'bad.json'), '{ "mcp_hosting": {\n "max_servers": "ten" } }')
    const { code, stderr } = await run(['config', 'validate', '--config', 'bad.json'])
    expect(code).toBe(78)
    expect(stderr).toContain('bad.json:2: mcp_hosting.max_servers')
  })

  it('ends with 130 when interrupted', async () => {
    answers = { 'GET /servers/a': { status: 200, body: { name: 'a', status: 'starting' } } }
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('interrupted')), 50)
    const { code } = await run(['wait', 'a'], { interrupted: controller.signal })
    expect(code).toBe(130)
  })

  it('ends with 10 when the tool answers with an error of its own', async () => {
    const content = [{ type: 'text', text: 'no such city' }]
    answers = { 'POST /servers/a/call': { status: 200, body: { content, isError: true } } }
    const { code, stdout } = await run(['call', 'a', 'forecast', '{"city":"X"}'])
    expect([code, stdout]).toEqual([10, 'no such city\n'])
    expect(seen[0]).toMatchObject({
      authorization: 'Bearer hvm_test',
      body: '{"tool":"forecast","arguments":{"city":"X"}}',
    })
  })

  it.each([
    ['an attack got through that is promised to be stopped', { broken: ['SB-13'], too_weak: false }, 9],
    ['the tier is below what is demanded', { broken: [], too_weak: true }, 9],
    ['what got through was never promised', { broken: [], too_weak: false }, 0],
  ])('ends the self-test as it went: %s', async (_what, outcome, expected) => {
    const probe = {
      id: 'SB-13',
      title: 'read',
      outcome: 'not_blocked',
      evidence: 'read',
      promised: false,
    } as const
    const summary = { blocked: 0, not_blocked: 1, not_applicable: 0, ...outcome }
    const runSelftest = async () => ({ tier: 'user', way: 'user', probes: [probe], summary }) as const
    const { code, stdout } = await run(['selftest', 'sandbox'], { runSelftest })
    expect(code).toBe(expected)
    expect(stdout).toContain('What is not stopped here:\n  SB-13      read')
  })

  it('ends with 9 when doctor finds a failure, daemon or not', async () => {
    const check = {
      id: 'bwrap',
      area: 'isolation',
      status: 'fail',
      found: 'no bwrap',
      fix: 'apt-get install bubblewrap',
    }
    const { code, stdout } = await run(['doctor'], {
      env: { HAIVEMIND_URL: 'http://127.0.0.1:9' },
      probeHost: () => Promise.resolve({ tier: 'none', checks: [{ ...check, status: 'fail' as const }] }),
    })
    expect(code).toBe(9)
    expect(stdout).toContain('fail  isolation      no bwrap\n')
    expect(stdout).toContain('fix: apt-get install bubblewrap\n')
  })
})

it('claims no isolation tier where none could be tried', async () => {
  writeFileSync(join(folder, 'broken.json'), '{ "mcp_hosting": { "dashboard": { "port": "x" } } }')
  const { code, stdout } = await run(['doctor', '--config', 'broken.json'], { env: {} })
  expect([code, stdout.split('\n')[0]]).toEqual([9, 'isolation tier: not tried'])
})

describe('a backup of the running platform that goes elsewhere', () => {
  const answerWith = (path: string) => {
    const made = { name: 'b', path, kind: 'manual', state: 'done', bytes: 1, created_at: '', error: null }
    answers = {
      'POST /backups': { status: 202, body: { ...made, state: 'running' } },
      'GET /backups': { status: 200, body: { items: [made] } },
    }
  }
  const local = () => {
    const config = { mcp_hosting: { data_dir: 'backed-up', dashboard: { port: Number(new URL(url).port) } } }
    writeFileSync(join(folder, 'backed-up.json'), JSON.stringify(config))
    return { env: { HAIVEMIND_CONFIG: 'backed-up.json', HAIVEMIND_TOKEN: 'hvm_test' } }
  }

  it('asks for none where it could not go', async () => {
    writeFileSync(join(folder, 'taken.tar.gz'), 'mine')
    const { code, stderr } = await run(['backup', 'create', 'taken.tar.gz'], local())
    expect([code, stderr]).toEqual([
      6,
      expect.stringContaining('is there already.\nhint: Take another name.'),
    ])
    const below = await run(['backup', 'create', 'taken.tar.gz/x'], local())
    expect(below.stderr).toContain('hint: Name a place that can be written.')
    expect(seen).toEqual([])
  })

  it('is moved whole, into a folder that is made for it', async () => {
    writeFileSync(join(folder, 'made.tar.gz'), 'all of it')
    answerWith(join(folder, 'made.tar.gz'))
    const { code } = await run(['backup', 'create', 'kept/all.tar.gz'], local())
    expect([code, readdirSync(join(folder, 'kept'))]).toEqual([0, ['all.tar.gz']])
    expect(readFileSync(join(folder, 'kept', 'all.tar.gz'), 'utf8')).toBe('all of it')
    expect(existsSync(join(folder, 'made.tar.gz'))).toBe(false)
  })
})

it('ends with 0 when what reads its output goes away', async () => {
  answers = { 'GET /servers/a': { status: 200, body: { name: 'a', status: 'starting' } } }
  const stdout = new PassThrough()
  setTimeout(() => stdout.destroy(new Error('EPIPE')), 50)
  const io = { env: { HAIVEMIND_URL: url }, stdout }
  expect((await run(['wait', 'a'], io)).code).toBe(0)
})

it('waits for no server that rests: a call starts it', async () => {
  answers = { 'GET /servers/a': { status: 200, body: { name: 'a', status: 'stopped', idle: true } } }
  const { code, stderr } = await run(['wait', 'a'])
  expect([code, stderr]).toEqual([0, 'a: stopped, idle\n'])
})

describe('which platform is meant', () => {
  const configure = (directory: string, port: number) => {
    const config = { mcp_hosting: { data_dir: directory, dashboard: { port } } }
    mkdirSync(join(folder, directory))
    writeFileSync(join(folder, `${directory}.json`), JSON.stringify(config))
    return { HAIVEMIND_CONFIG: `${directory}.json` }
  }

  it('finds the address and the token that the daemon left in its data directory', async () => {
    answers = { 'GET /servers': { status: 200, body: { items: [], next_cursor: null } } }
    const env = configure('with-address', 0)
    writeFileSync(join(folder, 'with-address/address'), `${url.replace('127.0.0.1', '0.0.0.0')}\n`)
    writeFileSync(join(folder, 'with-address/cli-token'), 'hvm_local\n')
    expect((await run(['list'], { env })).code).toBe(0)
    expect(seen[0]).toMatchObject({ route: 'GET /servers?limit=500', authorization: 'Bearer hvm_local' })
  })

  it('says that nothing runs when the port is the system’s choice and nobody has written it down', async () => {
    const { code, stderr } = await run(['list'], { env: configure('without-address', 0) })
    expect(code).toBe(4)
    expect(stderr).toBe(
      'error: the platform does not run: its data directory names no address\n' +
        'hint: Start it with haivemind serve; HAIVEMIND_CONFIG or HAIVEMIND_URL names another one.\n',
    )
  })

  it('takes the configured address when no daemon has written one', async () => {
    const { code, stderr } = await run(['list'], { env: configure('configured', 9) })
    expect(code).toBe(4)
    expect(stderr).toContain('the platform at http://127.0.0.1:9 does not answer')
  })

  it('asks the platform of the configuration that doctor is given', async () => {
    answers = {
      'GET /system': { status: 200, body: { tier: 'strong', checks: [], address: url, node: 'v26.1.0' } },
      'GET /stats': { status: 200, body: { at: new Date().toISOString() } },
      'GET /servers': { status: 200, body: { items: [], next_cursor: null } },
    }
    configure('doctored', Number(new URL(url).port))
    const { stdout } = await run(['doctor', '--config', 'doctored.json', '--json'], { env: {} })
    expect(JSON.parse(stdout)).toMatchObject({ tier: 'strong', daemon: true })
  })

  it('says which variable holds the token when there is none', async () => {
    answers = { 'GET /servers': problem(401, 'unauthenticated', 'This needs a valid token.') }
    const { code, stderr } = await run(['list'], { env: { HAIVEMIND_URL: url } })
    expect(code).toBe(3)
    expect(stderr).toBe(
      'error: This needs a valid token.\n' +
        'hint: Set HAIVEMIND_TOKEN; haivemind token create makes one, on the machine of the platform.\n',
    )
  })
})

describe('secret', () => {
  const told = (changes: object = {}) => ({
    status: 200,
    body: {
      items: [{ name: 'API_KEY', version: 2, as: 'environment', set: true, required: true }],
      restart_required: true,
      started: false,
      ...changes,
    },
  })

  it('set sends what comes on standard input, and prints nothing of it', async () => {
    answers = { 'POST /servers/weather/secrets': told() }
    const stdin = new PassThrough()
    stdin.end('hunter22\n')
    const { code, stdout, stderr } = await run(['secret', 'set', 'weather', 'API_KEY'], { stdin })
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toBe('weather: API_KEY is set (version 2)\nrestart to apply: haivemind restart weather\n')
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      name: 'API_KEY',
      value_base64: Buffer.from('hunter22').toString('base64'),
    })
  })

  it('remove and rotate-key say what became of it', async () => {
    answers = {
      'DELETE /servers/weather/secrets/API_KEY': told({
        items: [{ name: 'API_KEY', required: true, set: false }],
        restart_required: false,
      }),
      'POST /secrets/rotate-key': { status: 200, body: { key_id: 'abc', secrets: 3 } },
    }
    expect((await run(['secret', 'remove', 'weather', 'API_KEY'])).stderr).toContain('still missing: API_KEY')
    expect((await run(['secret', 'rotate-key'])).stderr).toContain('3 secrets are under the new key abc')
  })

  it.each([
    [['secret', 'sett', 'weather'], 'secret has no "sett"; did you mean set?'],
    [['secret', 'set', 'weather'], 'secret set needs the name of the secret'],
    [['secret', 'list'], 'secret list needs the name of a server'],
    [['secret', 'set', 'weather', 'API_KEY', '--as', 'argv'], '--as takes environment or file'],
    [['deploy', '.', '--secret', 'A', '--secret', 'B'], 'set the variables A, B'],
  ])('%j is a usage error', async (words, message) => {
    const { code, stderr } = await run(words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
    expect(seen).toEqual([])
  })
})

describe('names', () => {
  it('suggests the nearest server', async () => {
    answers = {
      'GET /servers/weathr': problem(404, 'server_not_found', 'server "weathr" not found'),
      'GET /servers': {
        status: 200,
        body: { items: [{ name: 'mailer' }, { name: 'weather' }], next_cursor: null },
      },
    }
    const { code, stderr } = await run(['status', 'weathr'])
    expect(code).toBe(5)
    expect(stderr).toBe(
      'error: server "weathr" not found\nhint: did you mean "weather"? See haivemind list.\n',
    )
  })

  it('does not suggest the very name that was given', async () => {
    answers = {
      'POST /servers/weather/restore': problem(404, 'server_not_found', 'No server "weather" is archived.'),
      'GET /servers': { status: 200, body: { items: [{ name: 'weather' }], next_cursor: null } },
    }
    const { stderr } = await run(['restore', 'weather'])
    expect(stderr).toContain('error: No server "weather" is archived.')
    expect(stderr).not.toContain('did you mean')
  })

  it('puts the server’s name into hints that leave it open', async () => {
    const { body } = problem(404, 'tool_not_found', 'weather has no tool named forcast.')
    answers = {
      'POST /servers/weather/call': {
        status: 404,
        body: { ...(body as object), hint: 'See haivemind tools <name>.' },
      },
    }
    const { code, stderr } = await run(['call', 'weather', 'forcast'])
    expect(code).toBe(5)
    expect(stderr).toBe('error: weather has no tool named forcast.\nhint: See haivemind tools weather.\n')
  })

  it('suggests the nearest command and option', async () => {
    expect((await run(['lsit'])).stderr).toContain('Did you mean list?')
    expect((await run(['logs', 'a', '--folow'])).stderr).toContain('Did you mean --follow?')
  })
})

describe('lists in part', () => {
  it('asks for what fits and counts down to the limit', async () => {
    answers = {
      'GET /servers': { status: 200, body: { items: [{ name: 'a' }], next_cursor: null, total: 1 } },
    }
    const done = await run([
      'list',
      '--status',
      'failed',
      '--sort=-memory',
      '-n',
      '3',
      '--fields',
      'name',
      '--json',
    ])
    expect(done.code).toBe(0)
    expect(seen[0]?.route).toBe('GET /servers?status=failed&sort=-memory&fields=name&limit=3')
    expect((await run(['list', '--fields', 'name'])).code).toBe(2)
  })

  it('shows deployments, and removes a version', async () => {
    const row = {
      id: 'op_1',
      name: 'weather',
      status: 'failed',
      stage: 'install',
      created_at: 'T',
      actor: 'local',
    }
    answers = {
      'GET /operations': {
        status: 200,
        body: { items: [{ ...row, error: { message: 'npm \u001b[2Jci' } }] },
      },
      'DELETE /servers/weather/versions/2': {
        status: 200,
        body: { version: 2, deleted: true, freed_bytes: 2048 },
      },
    }
    const shown = await run(['operations', '--status', 'failed'])
    expect(shown.stdout).toContain('op_1')
    expect(shown.stdout).not.toContain('\u001b[2J')
    expect(seen[0]?.route).toBe('GET /operations?status=failed&limit=50')
    expect((await run(['operations', '--status', 'odd'])).code).toBe(2)
    const gone = await run(['versions', 'weather', '2', '--delete'])
    expect([gone.code, gone.stderr]).toEqual([0, expect.stringContaining('version 2 of weather is gone')])
    expect((await run(['versions', 'weather', '--delete'])).code).toBe(2)
  })
})

describe('notify', () => {
  const channel = {
    id: 'chn_1',
    name: 'pager',
    kind: 'webhook',
    enabled: true,
    target: 'https://hooks.example/…',
  }

  it('takes the address from standard input and prints the secret once', async () => {
    answers = {
      'POST /notifications/channels': { status: 201, body: { ...channel, secret: 'whsec_once' } },
    }
    const stdin = new PassThrough()
    stdin.end('https://hooks.example/opensesame\n')
    const done = await run(
      ['notify', 'add', 'webhook', 'pager', '--urgency', 'now', '--quiet-hours', '22:00-07:00'],
      { stdin },
    )
    expect([done.code, done.stdout]).toEqual([0, 'whsec_once\n'])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      name: 'pager',
      target: { kind: 'webhook', url: 'https://hooks.example/opensesame' },
      min_urgency: 'now',
      quiet_hours: { from: '22:00', to: '07:00' },
    })
    expect(done.stdout + done.stderr).not.toContain('opensesame')
  })

  it('finds a channel by its name; a test that fails is a failure', async () => {
    answers = {
      'GET /notifications/channels': { status: 200, body: { items: [channel] } },
      'POST /notifications/channels/chn_1/test': {
        status: 200,
        body: { sent: false, error: 'It answered 404.', milliseconds: 3 },
      },
      'PATCH /notifications/channels/chn_1': {
        status: 200,
        body: { ...channel, enabled: false, secret: null },
      },
    }
    const tried = await run(['notify', 'test', 'pager'])
    expect([tried.code, tried.stderr]).toEqual([1, expect.stringContaining('It answered 404.')])
    expect((await run(['notify', 'set', 'pager', '--off'])).code).toBe(0)
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ enabled: false })
    expect((await run(['notify', 'test', 'pgaer'])).stderr).toContain('Did you mean "pager"?')
    expect((await run(['notify', 'set', 'pager'])).code).toBe(2)
    expect((await run(['notify', 'add', 'fax', 'x'])).code).toBe(2)
  })
})

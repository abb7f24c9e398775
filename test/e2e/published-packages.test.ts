/** D10, D15, D18: servers that strangers published, as their registries serve them. */
import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV1, connectV2 } from './clients.ts'
import { fetchNpmPackage, fetchSourceDistribution } from './packages.ts'
import { startPlatform, type Platform } from './platform.ts'
import { deploy, type Status } from './servers.ts'

const NPM_VERSION = '2026.8.31'

type Call = {
  readonly tool: string
  readonly args: Record<string, unknown>
  /** What its text must hold. */
  readonly answer: RegExp
}
type Package = {
  readonly name: string
  readonly archive: string | null
  readonly flags: readonly string[]
  readonly calls: readonly Call[]
  /** Puts files into the server's /data before the calls; a path on this machine, and the uid they belong to. */
  readonly prepare?: (dataDir: string, uid: number) => void
}

function makeRepository(dataDir: string, uid: number): void {
  const made = mkdtempSync(join(tmpdir(), 'haivemind-repository-'))
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  execFileSync('git', ['init', '--quiet', made])
  writeFileSync(join(made, 'a.txt'), 'a\n')
  execFileSync('git', ['-C', made, 'add', '.'])
  const message = 'the first commit of this test'
  execFileSync('git', ['-C', made, ...identity, 'commit', '--quiet', '-m', message])
  const repository = join(dataDir, 'repository')
  cpSync(made, repository, { recursive: true })
  rmSync(made, { recursive: true })
  // git refuses a repository of another user.
  for (const path of ['', ...readdirSync(repository, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(repository, path), uid, uid)
  }
}

const packages: readonly Package[] = [
  {
    name: 'server-everything',
    archive: await fetchNpmPackage('server-everything', NPM_VERSION),
    // Its get-env answers with the whole environment, which the scan finds.
    flags: ['--approve', 'shows everything'],
    calls: [
      { tool: 'echo', args: { message: 'grüezi' }, answer: /grüezi/ },
      { tool: 'get-sum', args: { a: 19, b: 23 }, answer: /\b42\b/ },
    ],
  },
  {
    name: 'server-filesystem',
    archive: await fetchNpmPackage('server-filesystem', NPM_VERSION),
    flags: ['--command', 'node dist/index.js /data'],
    calls: [
      { tool: 'write_file', args: { path: '/data/note.txt', content: 'kept' }, answer: /note\.txt/ },
      { tool: 'read_text_file', args: { path: '/data/note.txt' }, answer: /^kept$/ },
      { tool: 'list_directory', args: { path: '/data' }, answer: /\[FILE\] note\.txt/ },
    ],
  },
  {
    name: 'server-memory',
    archive: await fetchNpmPackage('server-memory', NPM_VERSION),
    flags: ['--env', 'MEMORY_FILE_PATH=/data/memory.json'],
    calls: [
      {
        tool: 'create_entities',
        args: {
          entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote the first program'] }],
        },
        answer: /Ada/,
      },
      { tool: 'search_nodes', args: { query: 'first program' }, answer: /"Ada"/ },
    ],
  },
  {
    name: 'server-sequential-thinking',
    archive: await fetchNpmPackage('server-sequential-thinking', NPM_VERSION),
    flags: [],
    calls: [
      {
        tool: 'sequentialthinking',
        args: { thought: 'first', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
        answer: /"thoughtHistoryLength": 1/,
      },
    ],
  },
  {
    name: 'mcp-server-time',
    archive: await fetchSourceDistribution('mcp-server-time', '2026.10.19'),
    flags: [],
    calls: [
      {
        tool: 'convert_time',
        args: { source_timezone: 'Asia/Tokyo', time: '12:00', target_timezone: 'Asia/Kolkata' },
        answer: /T08:30:00\+05:30/,
      },
    ],
  },
  {
    name: 'mcp-server-git',
    archive: await fetchSourceDistribution('mcp-server-git', '2026.10.19'),
    flags: [],
    calls: [
      { tool: 'git_status', args: { repo_path: '/data/repository' }, answer: /working tree clean/ },
      { tool: 'git_log', args: { repo_path: '/data/repository' }, answer: /the first commit of this test/ },
    ],
    prepare: makeRepository,
  },
  {
    name: 'mcp-server-fetch',
    archive: await fetchSourceDistribution('mcp-server-fetch', '2026.10.24'),
    flags: [],
    // A hosted server has no network: the refusal must come from the server, in words.
    calls: [{ tool: 'fetch', args: { url: 'http://example.com/' }, answer: /Failed to fetch .*connection/i }],
  },
]

let platform: Platform
let token = ''
beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token()
})
afterAll(async () => platform[Symbol.asyncDispose]())

describe.each(packages)('$name', ({ name, archive, flags, calls, prepare }) => {
  const why = archive === null ? ' [skipped: its registry is out of reach]' : ''

  it.skipIf(archive === null)(`D15: deploys as its registry serves it${why}`, async () => {
    const { code, document, stderr } = await deploy(platform, archive ?? '', '--name', name, ...flags)
    expect(document.error, stderr).toBeNull()
    expect([code, document.status]).toEqual([0, 'running'])
    expect(document.tools).toEqual(expect.arrayContaining(calls.map((call) => call.tool)))
  })

  it.skipIf(archive === null)(`D10: computes in a session and without one${why}`, async () => {
    const endpoint = `${platform.url}/servers/${name}/mcp`
    const { id, instance } = await platform.json<Status & { id: string }>('status', name)
    // As the server sees it: its /data may be a disk image, which only its own mount namespace has.
    const isRoot = process.getuid?.() === 0
    const data = isRoot
      ? join('/proc', String(instance?.pid), 'root', 'data')
      : join(platform.dataDir, 'mcp_servers/data', id)
    prepare?.(data, instance?.uid ?? 0)
    for (const open of [
      connectV2(endpoint, token, 'legacy'),
      connectV2(endpoint, token, '2026-07-28'),
      connectV1(endpoint, token),
    ]) {
      const session = await open
      try {
        // State that a call leaves (a file, an entity, a thought) is the server's: only the first round is exact.
        for (const { tool, args, answer } of calls) {
          expect((await session.call(tool, args)).text).toMatch(answer)
        }
      } finally {
        await session.close()
      }
      if (name === 'server-memory' || name === 'server-sequential-thinking') break
    }
  })
})

/** The official conformance suite as a program, and its verdicts as data. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './platform.ts'

const run = promisify(execFile)
const NODE = join(ROOT, 'node_modules/node/bin/node')
const SUITE = join(ROOT, 'node_modules/@modelcontextprotocol/conformance')
export const FIXTURE = join(ROOT, 'test/fixtures/conformance')
/** What the reference server is made of; an archive brings it along, so no registry has to be there. */
const PACKAGES = ['@modelcontextprotocol/server', '@modelcontextprotocol/core', 'zod']
const HTTP_PACKAGES = ['@modelcontextprotocol/node', '@hono/node-server', 'hono']
const PORT = 8000

export type Revision = '2025-11-25' | '2026-07-28'
type Status = 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
type Check = { readonly id: string; readonly status: Status; readonly errorMessage?: string }

export type Score = {
  /** By `scenario:check`, scored scenarios only; the worst status where a check ran several times. */
  readonly checks: ReadonlyMap<string, Check>
  /** Scored scenarios without a failure. */
  readonly passed: number
}

const WORST: readonly Status[] = ['FAILURE', 'WARNING', 'SUCCESS', 'SKIPPED', 'INFO']

/** The scenarios that count: the suite's own printed total mixes in others. */
export function readScored(revision: Revision): string[] {
  const text = readFileSync(join(SUITE, `requirements/${revision}.yaml`), 'utf8')
  const [, list = ''] = /^server:\n((?: {2}- .*\n)+)/m.exec(text) ?? []
  return list
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\s*- /, ''))
}

/** Runs every scenario that `revision` requires against the server at `url`. */
export async function scoreServer(url: string, revision: Revision): Promise<Score> {
  const out = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    // It exits with 1 when a scenario fails; what failed is in the files it writes.
    await run(
      NODE,
      [join(SUITE, 'dist/index.js'), 'server', '--url', url, '--requirements', revision, '-o', out],
      {
        maxBuffer: 64 * 1024 * 1024,
        timeout: 110_000,
      },
    ).catch((error: { readonly code?: unknown }) => {
      if (error.code !== 1) throw error
    })
    return readScore(out, readScored(revision))
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function readScore(out: string, scored: readonly string[]): Score {
  const folders = readdirSync(out)
  const checks = new Map<string, Check>()
  let passed = 0
  for (const scenario of scored) {
    const folder = folders.find(
      (name) => name.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '') === `server-${scenario}`,
    )
    if (folder === undefined) throw new Error(`the suite did not run ${scenario}`)
    const found = JSON.parse(readFileSync(join(out, folder, 'checks.json'), 'utf8')) as Check[]
    if (!found.some((check) => check.status === 'FAILURE')) passed++
    for (const check of found) {
      const key = `${scenario}:${check.id}`
      const known = checks.get(key)
      if (known === undefined || WORST.indexOf(check.status) < WORST.indexOf(known.status))
        checks.set(key, check)
    }
  }
  return { checks, passed }
}

/**
 * Answers with JSON have no stream to look into; every other check that passes directly has to pass.
 */
const NEEDS_A_STREAM = 'server-sse-multiple-streams:server-sse-streams-functional'

/** What passes directly and not through the gateway, as `scenario:check` with what the suite says about it. */
export function findLosses(direct: Score, through: Score): Map<string, string> {
  const losses = new Map<string, string>()
  for (const [key, { status, errorMessage }] of through.checks) {
    if (status === 'FAILURE' || status === 'WARNING') losses.set(key, errorMessage ?? status)
  }
  const failed = new Set([...losses.keys()].map((key) => key.split(':')[0]))
  for (const [key, { status }] of direct.checks) {
    const found = through.checks.get(key)?.status
    if (status !== 'SUCCESS' || found === 'SUCCESS') continue
    if (key === NEEDS_A_STREAM && found === 'INFO') continue
    // A scenario that fails early leaves its later checks out: its failure stands for them.
    if (!failed.has(key.split(':')[0])) losses.set(key, `${found ?? 'not checked'}, directly SUCCESS`)
  }
  return losses
}

/** An archive: one program of the reference server with everything it imports. */
export async function buildFixture(folder: string, name: string, program: string): Promise<string> {
  const isHttp = program === 'http.mjs'
  const tree = join(folder, name)
  mkdirSync(tree)
  cpSync(FIXTURE, tree, { recursive: true, filter: (path) => path === FIXTURE || path.endsWith('.mjs') })
  for (const name of [...PACKAGES, ...(isHttp ? HTTP_PACKAGES : [])]) {
    cpSync(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name), {
      recursive: true,
      filter: (path) => !/\.(?:map|md|cjs|[cm]?ts)$/.test(path),
    })
  }
  const config = isHttp
    ? { command: ['node', program, `${PORT}`], transport: 'http', port: PORT }
    : { command: ['node', program] }
  writeFileSync(join(tree, 'server_config.json'), JSON.stringify({ name, ...config }))
  // A directory would be packed without its node_modules.
  await run('tar', ['-cf', `${tree}.tar`, '-C', tree, '.'])
  return `${tree}.tar`
}

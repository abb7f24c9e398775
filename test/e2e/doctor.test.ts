/** doctor as an operator uses it: with and without a platform, mending, and a report to hand on. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHECKS } from '../../src/domain/host-check.ts'
import { eventually, findProcesses, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readLog } from './servers.ts'

type Check = {
  readonly id: string
  readonly area: string
  readonly status: string
  readonly found: string
  readonly fix: string | null
  readonly docs: string
}
type Report = {
  readonly daemon: boolean
  readonly checks: readonly Check[]
  readonly mended: readonly string[]
}

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform({ security: { dry_run: false, scan_uploads: false } })
})
afterAll(async () => platform[Symbol.asyncDispose]())

async function examine(...flags: string[]): Promise<Report & { readonly code: number | null }> {
  const { code, stdout } = await platform.cli(['doctor', '--json', ...flags])
  return { ...(JSON.parse(stdout) as Report), code }
}
const find = ({ checks }: Report, id: string) => checks.find((check) => check.id === id)

it('C-07: shows each check in its area, with the place that explains it', async () => {
  const report = await examine()
  expect(report.daemon).toBe(true)
  const ids = report.checks.map(({ id }) => id.split(':')[0] ?? id)
  expect(ids.filter((id) => !(id in CHECKS))).toEqual([])
  expect(ids).toEqual(ids.toSorted((left, right) => place(left) - place(right)))
  expect(find(report, 'folder_logs_dir')?.docs).toBe('docs/troubleshooting.md#folders')
  expect(find(report, 'database')).toMatchObject({ area: 'storage', status: 'ok' })
  expect(find(report, 'version')).toMatchObject({ status: 'ok' })
})
const place = (id: string) => Object.keys(CHECKS).indexOf(id)

it('C-07: mends modes, and finds nothing to mend the second time', async () => {
  const key = join(platform.dataDir, 'cli-token')
  chmodSync(key, 0o644)
  chmodSync(join(platform.dataDir, 'mcp_logs'), 0o777)
  const before = await examine()
  expect(before.code).toBe(9)
  expect(find(before, 'file_cli_token')).toMatchObject({ status: 'fail' })
  const mended = await examine('--fix')
  expect(mended.mended).toEqual([`chmod 700 ${join(platform.dataDir, 'mcp_logs')}`, `chmod 600 ${key}`])
  expect(find(mended, 'file_cli_token')).toMatchObject({ status: 'ok' })
  expect(find(mended, 'folder_logs_dir')).toMatchObject({ status: 'ok' })
  expect(statSync(key).mode & 0o777).toBe(0o600)
  expect((await examine('--fix')).mended).toEqual([])
})

it('C-07: says of a file that is not usable where it is wrong, and goes on', async () => {
  const path = join(platform.folder, 'config.json')
  const good = readFileSync(path, 'utf8')
  writeFileSync(path, '{"mcp_hosting": {"max_servers": "many"}}')
  const report = await examine()
  writeFileSync(path, good)
  expect(report.code).toBe(9)
  expect(find(report, 'configuration')).toMatchObject({ status: 'fail' })
  expect(find(report, 'configuration')?.found).toMatch(/config\.json:1: mcp_hosting\.max_servers: /)
})

it('C-07: writes a report that holds what helps and no secret', async () => {
  const canary = 'canary-7f3e9a51c2'
  const token = await platform.token('admin')
  const server = buildServer({
    before: 'echo "started with $API_KEY and $MODE and $TOKEN_SEEN" >&2',
  })
  const { document } = await deployBash(
    platform,
    'leaky',
    server,
    { secrets: ['API_KEY'], environment: { MODE: 'environment-canary', TOKEN_SEEN: token } },
    '--no-start',
  )
  expect(document.error).toBe(null)
  expect((await platform.cli(['secret', 'set', 'leaky', 'API_KEY'], { stdin: canary })).code).toBe(0)
  await platform.cli(['start', 'leaky'])
  await eventually('it wrote', async () =>
    (await readLog(platform, 'leaky')).some(({ text }) => text.startsWith('started with')) ? true : null,
  )
  const file = join(platform.folder, 'report.tar.gz')
  const { stdout } = await platform.cli(['doctor', '--bundle', file, '--json'])
  const { bundle } = JSON.parse(stdout) as { bundle: { parts: string[]; missing: string[] } }
  expect(bundle.missing).toEqual([])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')
  for (const name of ['checks', 'versions', 'configuration', 'events', 'servers', 'logs/leaky'])
    expect(names).toContain(`haivemind-report/${name}.json`)
  expect(names).toContain('haivemind-report/metrics.txt')
  expect(names).toContain('haivemind-report/platform-log.jsonl')
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  expect(text).toContain('started with')
  for (const secret of [canary, token, readFileSync(join(platform.dataDir, 'cli-token'), 'utf8').trim()])
    expect(text).not.toContain(secret)
  // What a server was given besides is in nothing but what it wrote itself.
  expect(text.split('environment-canary').length - 1).toBe(1)
})

it('C-07: works without a platform, and finds what a killed one left', async () => {
  await platform.kill()
  const address = join(platform.dataDir, 'address')
  expect(existsSync(address)).toBe(true)
  const report = await examine()
  expect(report.daemon).toBe(false)
  expect(find(report, 'daemon')).toMatchObject({ status: 'warn', fix: 'haivemind serve' })
  expect(find(report, 'stale_address')).toMatchObject({ status: 'warn' })
  expect(find(report, 'left_behind')).toMatchObject({
    status: 'warn',
    fix: 'haivemind serve takes them over, or ends those that nobody wants.',
  })
  const mended = await examine('--fix')
  expect(mended.mended).toEqual([`removed ${address}`])
  expect((await examine('--fix')).mended).toEqual([])
  expect(findProcesses(`${MARK}-leaky`)).not.toEqual([])
  await platform.start()
  expect(find(await examine(), 'daemon')).toMatchObject({ status: 'ok' })
})

/** The way to a server that speaks HTTP, judged by the official suite as the client that it is. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const NODE = join(ROOT, 'node_modules/node/bin/node')
const SUITE = join(ROOT, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
const DRIVER = join(import.meta.dirname, 'http-upstream-driver.ts')

type Check = { readonly name: string; readonly status: string; readonly errorMessage?: string }

it('R20: the official suite finds its headers on every request', async () => {
  const out = mkdtempSync(join(tmpdir(), 'conformance-client-'))
  try {
    const words = ['--scenario', 'http-standard-headers', '--spec-version', '2026-07-28', '-o', out]
    await promisify(execFile)(NODE, [SUITE, 'client', '--command', `${NODE} ${DRIVER}`, ...words])
    const [file = ''] = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('checks.json'),
    )
    const checks = JSON.parse(readFileSync(join(out, file), 'utf8')) as Check[]
    // The revision has no initialize and no initialized any more: the suite skips both.
    const judged = checks.filter(({ status }) => status !== 'SKIPPED' && status !== 'INFO')
    expect(judged.filter(({ status }) => status !== 'SUCCESS')).toEqual([])
    expect(judged.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'ClientMcpMethodHeader_tools_list',
        'ClientMcpMethodHeader_tools_call',
        'ClientMcpMethodHeader_resources_list',
        'ClientMcpMethodHeader_resources_read',
        'ClientMcpMethodHeader_prompts_list',
        'ClientMcpMethodHeader_prompts_get',
        'ClientMcpNameHeader_tools_call',
        'ClientMcpNameHeader_resources_read',
        'ClientMcpNameHeader_prompts_get',
      ]),
    )
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}, 30_000)

/** A lint rule is trusted only after it was seen red: each door that lint guards, planted where it must not stand. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

const PLANTED: readonly (readonly [line: string, instead: string])[] = [
  [`import { spawn } from 'node:child_process'\nspawn('true')`, 'src/system/spawn.ts'],
  [
    `import { DatabaseSync } from 'node:sqlite'\nnew DatabaseSync(':memory:').close()`,
    'src/store/sqlite/database.ts',
  ],
  [`import { connect } from 'node:net'\nconnect(1)`, 'outbound.ts'],
  [`import { createServer } from 'node:http'\ncreateServer()`, 'src/system/listen.ts'],
  [`import { request } from 'node:https'\nrequest('https://example.org')`, 'src/system/outbound.ts'],
  [`import { lookup } from 'node:dns/promises'\nawait lookup('example.org')`, 'src/system/outbound.ts'],
  [`await fetch('http://example.org')`, 'src/system/outbound.ts'],
  [`process.kill(1)`, 'src/system/process-table.ts'],
  [`export const all = process.env`, 'src/config/environment.ts'],
  [`process.exit(1)`, 'src/main.ts'],
  [`process.stdout.write('x')`, 'src/cli/print.ts'],
  [`console.log('x')`, 'no-console'],
  [`export const now = Date.now()`, 'src/system/clock.ts'],
  [`export const die = Math.random()`, 'src/system/random.ts'],
]

function lint(code: string): { readonly status: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lint-doors-'))
  try {
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    mkdirSync(join(folder, 'src/gateway'), { recursive: true })
    writeFileSync(join(folder, 'src/gateway/planted.ts'), `${code}\n`)
    const run = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--deny-warnings', 'src'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status: run.status, text: run.stdout }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('lint', () => {
  it.each(PLANTED)('refuses %j outside its one file', (code, instead) => {
    const { status, text } = lint(code)
    expect(status).toBe(1)
    expect(text).toContain(instead)
  })

  it('has nothing against harmless code', () => {
    expect(lint('export const one = 1').status).toBe(0)
  })
})

/** The systemd units, judged by systemd's own tools. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildUnit, DEFAULT_UNIT, UNIT_KINDS } from '../../src/cli/service/build-unit.ts'

const analyze = (...words: string[]) => spawnSync('systemd-analyze', words, { encoding: 'utf8' })
const isMissing = analyze('--version').status !== 0
/** What a daemon is exposed to, from 0 to 10; a user with newuidmap can have no filters. */
const BARS = { user: 4, subordinate: 7, root: 6 } as const

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'unit-'))))
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(isMissing)(`the unit${isMissing ? ' [skipped: no systemd-analyze]' : ''}`, () => {
  it.each(UNIT_KINDS)(
    'P-01: of kind %s verifies without a word, and is exposed no more than said',
    (kind) => {
      const path = join(folder, `haivemind-${kind}.service`)
      // The program has to be there for systemd to be content.
      writeFileSync(path, buildUnit({ ...DEFAULT_UNIT, kind, program: ['/bin/true'] }))
      const verified = analyze('verify', path)
      expect([verified.status, verified.stderr.trim(), verified.stdout.trim()]).toEqual([0, '', ''])
      const { stdout } = analyze('security', '--offline=yes', '--no-pager', path)
      const exposure = Number(/exposure level for \S+: ([0-9.]+)/.exec(stdout)?.[1] ?? 'NaN')
      expect(exposure).toBeGreaterThan(0)
      expect(exposure).toBeLessThanOrEqual(BARS[kind])
    },
  )

  it('P-01: a mistake in it is found', () => {
    const path = join(folder, 'wrong.service')
    writeFileSync(path, buildUnit(DEFAULT_UNIT).replace('KillMode=process', 'KillMode=nobody'))
    expect(analyze('verify', path).stderr).toContain('kill mode')
  })
})

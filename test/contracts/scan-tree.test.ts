/** Scanning an unpacked tree in its process: what it answers, what it remembers, and that a broken scan is a finding. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTreeScanner } from '../../src/intake/scan/scan-tree.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { createScanSettings } from '../fakes/scan-cache.ts'

const signal = new AbortController().signal
const WORTH_ASKING = 1024 * 1024
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scan-tree-'))
})
afterEach(() => removeTree(tmpdir(), root))

function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

function scan(settings = createScanSettings(true), bytes = 1000) {
  return createTreeScanner({ ...settings, clock: systemClock }).scan(root, bytes, signal)
}

// Made up here, so that no scanner of sources takes this file for a leak.
const AWS_KEY = ['AKIA', 'QWERTZUIOPASDFGH'].join('')
const GITHUB_TOKEN = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')

describe('a scan', () => {
  it('finds secrets, masked, and says where', async () => {
    write({ 'server.py': `import os\nKEY = "${AWS_KEY}"\n`, 'lib/a.js': `const t = '${GITHUB_TOKEN}'\n` })
    const { findings, inventory } = await scan()
    expect(findings.map(({ ruleId, severity, file, line }) => [ruleId, severity, file, line])).toEqual([
      ['secret.github_token', 'high', 'lib/a.js', 1],
      ['secret.aws_access_key', 'high', 'server.py', 2],
    ])
    expect(JSON.stringify(findings)).not.toContain(AWS_KEY)
    expect(JSON.stringify(findings)).not.toContain(GITHUB_TOKEN)
    expect(inventory).toMatchObject({
      files: 2,
      languages: { python: { files: 1 }, javascript: { files: 1 } },
    })
  })

  it('names binaries that pose as something else, and dependencies that do harm', async () => {
    write({
      'logo.png': Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(100)]),
      'requirements.txt': 'mcp==1.2.3\nreqeusts==2.0.0\ntorchtriton\n',
    })
    const found = (await scan()).findings.map(({ ruleId, severity }) => `${severity} ${ruleId}`)
    expect(found).toContain('critical archive.disguised_binary')
    expect(found).toContain('critical dependency.known_bad')
    expect(found).toContain('high dependency.typosquat')
  })

  it('holds dependencies against the advisories of the operator', async () => {
    const osvDir = mkdtempSync(join(tmpdir(), 'osv-'))
    try {
      const affected = [
        {
          package: { ecosystem: 'npm', name: 'left-pad' },
          ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.3.0' }] }],
        },
      ]
      writeFileSync(join(osvDir, 'GHSA-x.json'), JSON.stringify({ id: 'GHSA-x', summary: 'pads', affected }))
      write({ 'package.json': JSON.stringify({ dependencies: { 'left-pad': '1.2.0' } }) })
      const { findings } = await scan({ ...createScanSettings(true), osvDir })
      expect(findings).toMatchObject([
        { ruleId: 'dependency.vulnerable', severity: 'medium', file: 'package.json' },
      ])
    } finally {
      await removeTree(tmpdir(), osvDir)
    }
  })

  it('is done once for each tree and set of rules', async () => {
    const settings = createScanSettings(true)
    write({ 'a.py': 'x = 1\n' })
    const first = await scan(settings, WORTH_ASKING)
    const marked = { ...first, ruleSet: first.ruleSet, findings: [] }
    settings.kept.splice(0, 1, { ...marked, inventory: { ...first.inventory, files: 77 } })
    expect((await scan(settings, WORTH_ASKING)).inventory.files).toBe(77)
    write({ 'a.py': 'x = 2\n' })
    expect((await scan(settings, WORTH_ASKING)).inventory.files).toBe(1)
  })

  it('that takes too long is a finding, and is not remembered', async () => {
    const settings = { ...createScanSettings(true), timeoutSeconds: -2.99 }
    write({ 'a.py': 'x = 1\n' })
    const { findings } = await scan(settings)
    expect(findings).toMatchObject([{ ruleId: 'scanner.incomplete', layer: 'scanner', severity: 'high' }])
    expect(settings.kept).toEqual([])
  })

  it('says which files were too large to look into', async () => {
    write({ 'big.py': Buffer.alloc(6 * 1024 * 1024, 'a') })
    const { findings } = await scan()
    expect(findings).toMatchObject([{ ruleId: 'scanner.incomplete', file: 'big.py' }])
  })
})

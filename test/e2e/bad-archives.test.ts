/** What is refused leaves nothing, and nothing comes back with a restart. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildZip } from '../../src/domain/zip.ts'
import { findProcesses, listFiles, ROOT, startPlatform, type Platform, MARK } from './platform.ts'
import { buildServer, deploy, writeTree } from './servers.ts'

const MARKER = `${MARK}-rejected-server`
const config = JSON.stringify({ name: 'evil', command: ['bash', 'server.sh', MARKER], sandboxed: false })
const file = (path: string, text: string | Uint8Array, mode = 0o644) => ({
  path,
  data: Buffer.from(text),
  mode,
})
const good = [file('server.sh', buildServer()), file('server_config.json', config)]

/** A single-entry ustar header with the given type and link target. */
function buildTar(name: string, type: string, link: string, content = ''): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512)
  body.write(content)
  return Buffer.concat([header, body])
}
const END_OF_TAR = Buffer.alloc(1024)

const whole = Buffer.from(await buildZip(good))
const cases: readonly (readonly [name: string, bytes: Uint8Array, says: RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /empty|EMPTY|BAD_MAGIC/i],
  ['something that is no archive', Buffer.from('#!/bin/sh\necho hello\n'), /BAD_MAGIC|zip|tar/i],
  ['a zip cut short', whole.subarray(0, whole.length - 30), /ZIP_|truncated|ended/i],
  [
    'a zip with a path out of it',
    Buffer.from(await buildZip([file('../../evil.sh', 'x'), ...good])),
    /\.\.|ZIP_NAME/,
  ],
  [
    'a zip with an absolute path',
    Buffer.from(await buildZip([file('/tmp/evil.sh', 'x'), ...good])),
    /\/tmp|ZIP_NAME/,
  ],
  [
    'a zip bomb',
    Buffer.from(await buildZip([file('zeros', Buffer.alloc(64 * 1024 * 1024)), ...good])),
    /ZIP_LIMIT|ratio|times/i,
  ],
  ['a zip with a name twice', Buffer.from(await buildZip([...good, ...good])), /ZIP_DUP|twice/i],
  [
    'a tar with a symbolic link out of it',
    gzipSync(Buffer.concat([buildTar('link', '2', '/etc/passwd'), END_OF_TAR])),
    /link|TAR_TYPE/i,
  ],
  [
    'a tar with a device',
    gzipSync(Buffer.concat([buildTar('null', '3', ''), END_OF_TAR])),
    /TAR_TYPE|device/i,
  ],
  ['a gzip cut short', gzipSync(Buffer.alloc(4096, 7)).subarray(0, 20), /TAR_|gzip|ended/i],
]

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform[Symbol.asyncDispose]())

/** Everything that a deployment could leave; the record that it was refused is meant to stay. */
function listLeftovers(): string[] {
  const folders = ['mcp_servers', 'mcp_uploads'].map((name) => join(platform.dataDir, name))
  return folders.flatMap(listFiles)
}

describe('archives that are refused', () => {
  it.each(cases)('D2: %s is refused with its rule and leaves nothing', async (name, bytes, says) => {
    const path = join(platform.folder, `${createHash('sha256').update(name).digest('hex').slice(0, 8)}.bin`)
    writeFileSync(path, bytes)
    const { code, stdout, stderr } = await platform.cli([
      'deploy',
      path,
      '--name',
      'evil',
      '--wait',
      '--json',
    ])
    expect(code, stderr).toBe(7)
    expect(stderr).toMatch(says)
    const [line = ''] = stderr.trim().split('\n').slice(-1)
    const { error } = JSON.parse(line) as { error: { code: string; hint: string } }
    expect(['archive_rejected', 'archive_truncated']).toContain(error.code)
    expect(error.hint).not.toBe('')
    // Refused while it was received: no operation, no document. Refused later: one that says so.
    const document = stdout === '' ? { status: 'rejected', tools: [] } : (JSON.parse(stdout) as object)
    expect(document).toMatchObject({ status: 'rejected', tools: [] })
    expect(listLeftovers()).toEqual([])
    expect(await platform.json('list')).toEqual({ servers: [] })
  })

  it('D2: a restart picks nothing of it up', async () => {
    await platform.stop()
    await platform.start()
    expect(await platform.json('list')).toEqual({ servers: [] })
    expect(listLeftovers()).toEqual([])
    expect(findProcesses(MARKER)).toEqual([])
  })

  it('D32: an archive over the limit is refused before it is read', async () => {
    const small = await startPlatform({ security: { max_upload_size_mb: 1 } })
    try {
      const path = join(small.folder, 'big.zip')
      writeFileSync(path, Buffer.alloc(3 * 1024 * 1024, 1))
      const { code, stderr } = await small.cli(['deploy', path, '--name', 'big', '--wait', '--json'])
      expect(code, stderr).toBe(7)
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'body_too_large' } })
      expect(listFiles(join(small.dataDir, 'mcp_uploads'))).toEqual([])
    } finally {
      await small[Symbol.asyncDispose]()
    }
  })
})

describe('archives that cannot run', () => {
  const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['nothing that tells how to run it', { 'readme.txt': 'hello' }, /runtime_not_detected/],
    [
      'a command that does not exist',
      { 'server.sh': 'true', 'server_config.json': '{"name":"x","command":["bash","missing.sh"]}' },
      /command_not_found/,
    ],
    [
      'a configuration that is no JSON',
      { 'server.sh': 'true', 'server_config.json': '{"name":' },
      /invalid_config/,
    ],
    [
      'a setting that this release does not have',
      {
        'server.sh': 'true',
        'server_config.json': '{"name":"x","sandboxed":false,"command":["bash","server.sh"]}',
      },
      /unsupported_setting/,
    ],
    [
      'a dependency that does not exist',
      {
        'index.js': '',
        'package.json':
          '{"name":"x","main":"index.js","dependencies":{"haivemind-no-such-package-93f1":"1.0.0"}}',
      },
      /install_failed/,
    ],
  ]

  it.each(refused)('%s is refused with the reason and leaves nothing', async (_, files, code) => {
    const source = writeTree(platform, files)
    const outcome = await deploy(platform, source, '--name', 'unfit')
    expect(outcome.code, outcome.stderr).toBe(7)
    expect(outcome.document.error?.code).toMatch(code)
    expect(outcome.document.error?.hint).not.toBe('')
    expect(listLeftovers()).toEqual([])
    expect(await platform.json('list')).toEqual({ servers: [] })
  })
})

it('D21: another language is told by its command, and refused by its name', async () => {
  const files = { 'finish.rb': 'puts 1', 'server_config.json': '{"name":"x","command":["ruby","finish.rb"]}' }
  const { code, document, stderr } = await deploy(platform, writeTree(platform, files))
  expect(code, stderr).toBe(7)
  expect(document.error?.code).toMatch(/^(runtime_not_allowed|runtime_not_detected|command_not_found)$/)
  expect(document.error?.message).toContain('ruby')
  expect(listLeftovers()).toEqual([])
})

it('D15: tells formats by content, not by the name of the file', async () => {
  const tar = Buffer.concat([
    buildTar('server.sh', '0', '', buildServer()),
    buildTar('server_config.json', '0', '', '{"command":["bash","server.sh"]}'),
    END_OF_TAR,
  ])
  const zip = readFileSync(await packExample())
  const samples = [
    ['zip', 'a.txt', zip],
    ['mcpb', 'b.mcpb', zip],
    ['tar', 'c.zip', tar],
    ['tar.gz', 'd.tar', gzipSync(tar)],
  ] as const
  for (const [format, name, bytes] of samples) {
    const path = join(platform.folder, name)
    writeFileSync(path, bytes)
    const { document } = await deploy(platform, path, '--name', 'formats')
    expect(document.error, format).toBeNull()
    expect(document.status, format).toBe('running')
  }
  const { versions } = await platform.json<{ versions: { archive_format: string }[] }>('versions', 'formats')
  expect(versions.map((version) => version.archive_format)).toEqual(['tar.gz', 'tar', 'zip', 'zip'])
})

async function packExample(): Promise<string> {
  const out = join(platform.folder, 'example.zip')
  await platform.cli(['pack', join(ROOT, 'examples/bash-toolbox'), out])
  return out
}

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readVersions } from './read-versions.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'versions-'))
})
afterEach(async () => rm(root, { recursive: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

describe('versions of dependencies', () => {
  it('are those that are installed, whatever is pinned', async () => {
    await write('node_modules/zod/package.json', '{"name":"zod","version":"4.1.2"}')
    await write('node_modules/@scope/kit/package.json', '{"version":"0.3.0-rc.1"}')
    await write('package.json', '{"dependencies":{"zod":"3.0.0","@scope/kit":"^0.2.0","gone":"^1.0.0"}}')
    expect(await readVersions(root, ['zod', '@scope/kit', 'gone'], [])).toEqual({
      zod: '4.1.2',
      '@scope/kit': '0.3.0-rc.1',
    })
  })

  it('are found in an environment and in the directories of a bundle, by their one name', async () => {
    await write('.venv/lib/python3.12/site-packages/Typing_Extensions-4.12.2.dist-info/METADATA', '')
    await write('lib/requests-2.32.3.dist-info/METADATA', '')
    expect(await readVersions(root, ['typing-extensions', 'requests'], ['/app/lib'])).toEqual({
      'typing-extensions': '4.12.2',
      requests: '2.32.3',
    })
  })

  it('are those of lock files, then of pins, where nothing is installed', async () => {
    await write('requirements.txt', 'numpy==2.1.0\nhttpx>=0.27\npandas==2.0.0\n')
    await write('uv.lock', '[[package]]\nname = "pandas"\nversion = "2.2.3"\n')
    await write('package-lock.json', '{"packages":{"node_modules/ms":{"version":"2.1.3"}}}')
    expect(await readVersions(root, ['httpx', 'ms', 'numpy', 'pandas'], [])).toEqual({
      ms: '2.1.3',
      numpy: '2.1.0',
      pandas: '2.2.3',
    })
  })

  it('are none of what a stranger wrote to be no version, no name, or elsewhere', async () => {
    await write('node_modules/a/package.json', '{"version":"1.0; rm -rf"}')
    await write('node_modules/b/package.json', 'not JSON')
    await mkdir(join(root, 'node_modules/c'))
    await write('elsewhere.json', '{"version":"9.9.9"}')
    await symlink('../../elsewhere.json', join(root, 'node_modules/c/package.json'))
    await write('package.json', '{"version":"6.6.6"}')
    expect(await readVersions(root, ['a', 'b', 'c', '..', '../..'], ['/app/../..'])).toEqual({})
  })
})

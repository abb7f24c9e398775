import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packDirectory } from './pack-directory.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-pack-'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/b.py'), 'print(1)\n')
  writeFileSync(join(folder, 'a.sh'), '#!/bin/bash\n')
  chmodSync(join(folder, 'a.sh'), 0o755)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('packDirectory', () => {
  it('gives the same bytes whatever the times of the files', async () => {
    const first = await packDirectory(folder)
    utimesSync(join(folder, 'a.sh'), 1, 1)
    expect((await packDirectory(folder)).bytes).toEqual(first.bytes)
    expect(first.files).toBe(2)
  })

  it('leaves out dependencies, version control and caches, and says so', async () => {
    for (const name of ['node_modules', '.git', '.venv', 'src/__pycache__']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'x'), 'x')
    }
    const { files, skipped } = await packDirectory(folder)
    expect(files).toBe(2)
    expect(skipped).toEqual(['.git', '.venv', 'node_modules', 'src/__pycache__'])
  })

  it('refuses a symbolic link, whatever it points to', async () => {
    symlinkSync('/etc/passwd', join(folder, 'src/link'))
    await expect(packDirectory(folder)).rejects.toMatchObject({
      code: 'archive_rejected',
      message: 'src/link is a symbolic link',
    })
  })

  it('refuses an empty directory', async () => {
    rmSync(join(folder, 'src'), { recursive: true })
    rmSync(join(folder, 'a.sh'))
    await expect(packDirectory(folder)).rejects.toMatchObject({ code: 'archive_rejected' })
  })
})

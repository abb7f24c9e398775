/** One owner of a data directory: real processes, ended the hard way. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { claimFolder } from '../../src/store/claim-folder.ts'
import { lockDataDirectory } from '../../src/store/data-directory-lock.ts'

const ROOT = join(import.meta.dirname, '../..')
const NODE = join(ROOT, 'node_modules/node/bin/node')

it('D23: a second owner is refused and told the first one; a killed owner leaves the directory free', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-lock-'))
  const script = `
    import { lockDataDirectory } from '${join(ROOT, 'src/store/data-directory-lock.ts')}'
    lockDataDirectory('${folder}', process.pid)
    console.log('locked')
    setInterval(() => {}, 1000)`
  const owner = spawn(NODE, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(owner.stdout, 'data')
    expect(() => lockDataDirectory(folder, 1)).toThrow(
      expect.objectContaining({
        code: 'data_in_use',
        message: `The daemon with pid ${owner.pid} owns the data directory ${folder}.`,
      }),
    )
    const gone = once(owner, 'exit')
    owner.kill('SIGKILL')
    await gone
    const lock = lockDataDirectory(folder, process.pid)
    expect(() => lockDataDirectory(folder, 1)).toThrow(`The daemon with pid ${process.pid}`)
    lock.close()
    lockDataDirectory(folder, process.pid).close()
  } finally {
    owner.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})

it('D23: a folder of servers or logs stays the one installation’s that used it first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-claim-'))
  try {
    await claimFolder(folder, 'one')
    await claimFolder(folder, 'one')
    await expect(claimFolder(folder, 'two')).rejects.toMatchObject({ code: 'data_in_use' })
    await claimFolder(folder, 'one')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

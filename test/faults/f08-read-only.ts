import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer, deployBash, readStatus, writeTree } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, openPlatform } from './hosted.ts'
import { ask, mountSmallDisk } from './small-disk.ts'

type Check = {
  readonly id: string
  readonly status: string
  readonly found: string
  readonly fix: string | null
}

const SIZE_MB = 64

export const f08: Fault = {
  id: 'F8',
  title: 'a read-only file system, wrong modes, missing folders',
  async run(c: FaultContext) {
    const disk = mountSmallDisk(c, SIZE_MB)
    if (disk === null) return
    const platform = await openPlatform(c, {
      uploads_dir: join(disk.path, 'uploads'),
      disk: { reserve_mb: 1 },
    })
    c.defer(() => disk.remount('rw'))
    await deployBash(platform, 'steady', buildServer())
    const token = await platform.token('admin', 'mcp:call')
    const { instance } = await readStatus(platform, 'steady')
    const readChecks = async () => {
      const { stdout } = await platform.cli(['doctor', '--json'])
      return (JSON.parse(stdout) as { readonly checks: readonly Check[] }).checks
    }
    const failing = async (id: string) =>
      (await readChecks()).find((check) => check.id === id && check.status === 'fail')

    // Only where nothing is open for writing: the kernel refuses the rest (database and images of /data are elsewhere, therefore).
    disk.remount('ro')
    const source = writeTree(platform, { 'server.sh': buildServer() })
    const deployment = await platform.cli(['deploy', source, '--name', 'late', '--json'])
    if (!deployment.stderr.includes('storage_failed')) {
      c.broken(`a deployment onto a read-only disk: ${deployment.stderr.slice(0, 300)}`)
    }
    const change = () => ask(platform.url, token, 'PATCH', '/servers/steady', { tags: ['x'] })
    const changed = await change()
    if (changed.status !== 200 && changed.code !== 'storage_failed') {
      c.broken(`a change beside a read-only disk: ${JSON.stringify(changed)}`)
    }
    expectSame(c, 'a call', await callTool(platform, token, 'steady'), 'hello')
    expectSame(c, 'reading', (await ask(platform.url, token, 'GET', '/servers/steady')).status, 200)
    const said = await failing('writable_uploads_dir')
    if (said === undefined || said.fix === null) c.broken('doctor does not say that the disk is read-only')
    else c.note(said.found.replace(disk.path, ''))
    await sleep(2500)
    expectSame(c, '/readyz', await (await fetch(`${platform.url}/readyz`)).text(), 'degraded\n')
    disk.remount('rw')
    expectSame(c, 'a change afterwards', (await change()).status, 200)
    expectSame(c, 'the server', (await readStatus(platform, 'steady')).instance?.pid, instance?.pid)

    await platform.stop()
    chmodSync(platform.dataDir, 0o755)
    if (!(await readChecks()).some(({ id, status }) => id === 'folder_data_dir' && status === 'warn')) {
      c.broken('doctor does not say that others may read the data directory')
    }
    chmodSync(platform.dataDir, 0o700)
    // Folders that are gone are made again; a file in the place of one is told by its name.
    rmSync(join(disk.path, 'uploads'), { recursive: true, force: true })
    await platform.start()
    await platform.stop()
    const uploads = join(disk.path, 'uploads')
    rmSync(uploads, { recursive: true })
    writeFileSync(uploads, '')
    const told = await failing('folder_uploads_dir')
    if (told === undefined) c.broken('doctor does not say that a file is in the place of a folder')
    const serve = await platform.cli(['serve'])
    if (serve.code === 0) c.broken('the daemon starts without its folder')
    rmSync(uploads)
    await platform.start()
  },
}

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../e2e/platform.ts'
import { buildServer, deployBash, readStatus, writeTree } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployFixture, openPlatform } from './hosted.ts'
import { ask, mountSmallDisk } from './small-disk.ts'

const RECOVERY_S = 10

/** A copy of Node takes most of it. */
const SIZE_MB = 224

export const f06: Fault = {
  id: 'F6',
  title: 'a full disk under data, logs and uploads',
  async run(c: FaultContext) {
    const disk = mountSmallDisk(c, SIZE_MB)
    if (disk === null) return
    const platform = await openPlatform(c, {
      data_dir: disk.dataDir,
      servers_dir: join(disk.path, 'servers'),
      uploads_dir: join(disk.path, 'uploads'),
      logs_dir: join(disk.path, 'logs'),
      disk_mb: 16,
      disk: { reserve_mb: 1 },
    })
    await deployFixture(platform, 'noisy', 'floods.py')
    await deployBash(platform, 'quiet', buildServer())
    const token = await platform.token('admin', 'mcp:call')
    const change = () =>
      ask(platform.url, token, 'PATCH', '/servers/quiet', { tags: [`t${Math.floor(c.random() * 1e9)}`] })
    const pids = [platform.pid(), ...(await pidsOf())]
    async function pidsOf() {
      return [
        (await readStatus(platform, 'noisy')).instance?.pid,
        (await readStatus(platform, 'quiet')).instance?.pid,
      ]
    }
    const source = writeTree(platform, { 'server.sh': buildServer() })
    let slowest = 0
    for (let round = 0; round < (c.size === 'full' ? 10 : 1); round++) {
      disk.fill()
      // What room the write-ahead log had left is used up first.
      let last = await change()
      for (let n = 0; n < 200 && last.status === 200; n++) {
        last = await change()
        if (n % 20 === 19) disk.fill()
      }
      expectSame(c, 'a change on a full disk', last, { status: 507, code: 'disk_full' })
      const upload = await platform.cli(['deploy', source, '--name', 'late', '--json'])
      if (!upload.stderr.includes('disk_full'))
        c.broken(`an upload is not refused as disk_full: ${upload.stderr}`)
      await callTool(platform, token, 'noisy', { lines: 2000, length: 500, kind: 'text' })
      expectSame(c, 'a call', await callTool(platform, token, 'quiet'), 'hello')
      await sleep(300)
      const { log_dropped: dropped } = await platform.json<{ log_dropped: { stderr: number } }>(
        'status',
        'noisy',
      )
      if (dropped.stderr === 0) c.broken('no dropped log line is counted')
      const ready = await (await fetch(`${platform.url}/readyz`)).text()
      if (ready !== 'degraded\n') {
        await sleep(2500)
        expectSame(c, '/readyz', await (await fetch(`${platform.url}/readyz`)).text(), 'degraded\n')
      }
      const doctor = await platform.cli(['doctor', '--json'])
      if (!/uploads are refused/.test(doctor.stdout)) c.broken('doctor does not say that the disk is full')
      // A sandbox that cannot be made there is told at once, and for what it is.
      if (/not ready after|max_user_namespaces/.test(doctor.stdout))
        c.broken(`doctor misleads: ${doctor.stdout}`)
      disk.free()
      const freed = performance.now()
      while ((await change()).status !== 200 && performance.now() - freed < 30_000) await sleep(50)
      slowest = Math.max(slowest, (performance.now() - freed) / 1000)
      expectSame(c, 'a change with room again', (await change()).status, 200)
    }
    c.figure('slowest recovery', slowest, 's', { atMost: RECOVERY_S })
    expectSame(c, 'the processes', [platform.pid(), ...(await pidsOf())], pids)
    for (const pid of pids) if (!isAlive(pid ?? 0)) c.broken(`${pid} is dead`)
    expectSame(c, 'a deployment with room again', (await deployBash(platform, 'late', buildServer())).code, 0)
    await platform.stop()
    expectSame(c, 'the database', checkDatabase(join(disk.dataDir, 'haivemind.db')), 'ok')
    await platform.start()
    expectSame(c, 'the audit log', (await platform.cli(['audit', 'verify'])).code, 0)
  },
}

function checkDatabase(path: string): string {
  const program = `const { DatabaseSync } = require('node:sqlite'); console.log(Object.values(new DatabaseSync(process.argv[1]).prepare('PRAGMA integrity_check').get())[0])`
  return execFileSync(process.execPath, ['-e', program, path], { encoding: 'utf8' }).trim()
}

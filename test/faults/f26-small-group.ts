import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { callApi, readApi, type Operation } from './api.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

const MIB = 2 ** 20
const GROUP_MIB = 300

export const f26: Fault = {
  id: 'F26',
  title: 'a small control group during upload and scan',
  async run(c: FaultContext) {
    const group = makeGroup(c)
    if (group === null) return
    const enter = ['bash', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group]
    const platform = await openPlatform(c, { security: { dry_run: false, scan_uploads: true } }, enter)
    await deployChaos(platform, 'neighbour')
    const pid = platform.pid()
    const token = await platform.token()
    const archive = await buildArchive(c.size === 'full' ? 90 : 10)
    const ending = new AbortController()
    let answered = 0
    let failed = 0
    const calls = (async () => {
      for (; !ending.signal.aborted; await sleep(20)) {
        await callTool(platform, token, 'neighbour', { tag: 'there' }).then(
          () => answered++,
          () => failed++,
        )
      }
    })()
    const begun = await callApi(platform, 'POST', 'servers?name=large&start=false', archive)
    expectSame(c, 'the answer to the upload', begun.status, 202)
    let operation = begun.body as Operation
    while (operation.status === 'running' || operation.status === 'pending')
      operation = await readApi<Operation>(platform, `operations/${operation.id}?wait=30`)
    ending.abort()
    await calls
    // A scan that was too large is an answer; what may not be is a silent or a half one.
    if (operation.status !== 'succeeded' && operation.error === null) c.broken('it failed without a reason')
    c.note(`the upload ${operation.status} ${operation.error?.code ?? ''}`)
    expectSame(c, 'the daemon lives', isAlive(pid), true)
    c.figure('archive', archive.length / MIB, 'MiB')
    const kills = /^oom_kill (\d+)$/m.exec(readFileSync(`${group}/memory.oom_control`, 'utf8'))?.[1]
    c.figure('processes ended for memory in the group', Number(kills ?? 0), 'processes', { atMost: 0 })
    c.figure('calls of a neighbour answered', (100 * answered) / (answered + failed), '%', { atLeast: 100 })
  },
}

/** The daemon's own; sandboxes have theirs. Null where there is none to be made. */
function makeGroup(c: FaultContext): string | null {
  const folder = join('/sys/fs/cgroup/memory', `faults-${process.pid}`)
  try {
    mkdirSync(folder)
    c.defer(() => rmdirSync(folder))
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(GROUP_MIB * MIB))
    return folder
  } catch {
    c.note('no memory group of cgroup v1 can be made here: not run')
    return null
  }
}

/** It does not shrink. */
async function buildArchive(megabytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const config = JSON.stringify({ name: 'large', command: ['bash', 'server.sh'] })
  const parts = Array.from({ length: megabytes }, (_, n) => ({
    path: `data/part${n}.bin`,
    data: randomBytes(MIB),
    mode: 0o644,
  }))
  return new Uint8Array(
    await buildZip([
      { path: 'server.sh', data: Buffer.from(buildServer()), mode: 0o644 },
      { path: 'server_config.json', data: Buffer.from(config), mode: 0o644 },
      ...parts,
    ]),
  )
}

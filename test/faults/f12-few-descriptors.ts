import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, isAlive, type Platform } from '../e2e/platform.ts'
import { buildServer, readStatus } from '../e2e/servers.ts'
import { callApi, deployArchive, packArchive, readApi, type Operation } from './api.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

/**
 * From the second start on, since so few are not enough to make a sandbox. The hard bound too: Node raises the soft one
 * to it.
 */
const FEW = [
  'bash',
  '-c',
  'if [ -f "$HAIVEMIND_CONFIG.few" ]; then ulimit -Sn 256 && ulimit -Hn 256; fi; exec "$@"',
  'bash',
]

export const f12: Fault = {
  id: 'F12',
  title: '256 descriptors or 64 processes for the daemon, and more connections and work than that',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, {}, FEW)
    await deployChaos(platform, 'there')
    await crowdProcesses(c, platform)
    const before = await readStatus(platform, 'there')
    writeFileSync(join(platform.folder, 'config.json.few'), '')
    await platform.handOver()
    await platform.start()
    const pid = platform.pid()
    const token = await platform.token()
    const rounds = c.size === 'full' ? 10 : 1
    let refused = 0
    let slowest = 0
    for (let round = 0; round < rounds; round++) {
      const { sockets, answers } = await crowd(platform.url, 400)
      refused += answers.filter((answer) => answer.startsWith('HTTP/1.1 503')).length
      expectSame(c, 'the daemon lives', isAlive(pid), true)
      for (const socket of sockets) socket.destroy()
      const began = performance.now()
      await eventually('it answers again', () =>
        callTool(platform, token, 'there', { tag: 'yes' }).catch(() => null),
      )
      slowest = Math.max(slowest, (performance.now() - began) / 1000)
    }
    c.figure('connections told 503', refused / rounds, 'of 400', { atLeast: 1 })
    c.figure('recovery', slowest, 's', { atMost: 10 })
    const after = await readStatus(platform, 'there')
    expectSame(c, 'the server', [after.restarts, after.instance?.pid], [0, before.instance?.pid])
  },
}

/** Of the daemon's own, threads counted; what it hosts has groups of its own. */
const TASKS = 64

/** Uploads, each of which wants processes, where the daemon's group has no more: refused in words, and well afterwards. */
async function crowdProcesses(c: FaultContext, platform: Platform): Promise<void> {
  const group = limitTasks(c, platform.pid())
  if (group === null) return
  const count = c.size === 'full' ? 40 : 6
  const archives = await Promise.all(
    Array.from({ length: count }, (_, n) => packArchive({ 'server.sh': `${buildServer()}# ${n}\n` })),
  )
  // None at all in a slice; what gets a process and then no threads waits for its deadline, which takes long.
  group.allow(c.size === 'full' ? Math.max(TASKS, group.used() + 4) : group.used())
  const ends = await Promise.all(
    archives.map(async (archive, n) => {
      const begun = await callApi(platform, 'POST', `servers?name=crowd-${n}&start=false`, archive.bytes)
      if (begun.status !== 202) return `${begun.status} ${(begun.body as { readonly code?: string }).code}`
      let operation = begun.body as Operation
      while (operation.status === 'running' || operation.status === 'pending')
        operation = await readApi<Operation>(platform, `operations/${operation.id}?wait=30`)
      return operation.error === null ? operation.status : `${operation.status} ${operation.error.code}`
    }),
  )
  const counts = Object.entries(Object.groupBy(ends, (end) => end)).map(
    ([end, list]) => `${list?.length} × ${end}`,
  )
  c.note(`uploads: ${counts.join(', ')}`)
  c.figure('refused for want of processes by the kernel', group.refused(), 'times', { atLeast: 1 })
  expectSame(
    c,
    'uploads that ended without a word',
    ends.filter((end) => end.includes('undefined')),
    [],
  )
  expectSame(c, 'the daemon lives', isAlive(platform.pid()), true)
  group.allow(4096)
  const again = await packArchive({ 'server.sh': `${buildServer()}# again\n` })
  const operation = await deployArchive(platform, 'afterwards', again)
  expectSame(c, 'an upload with room again', operation?.status, 'succeeded')
}

type TaskGroup = { used(): number; refused(): number; allow(tasks: number): void }

/** The daemon, moved into a group of its own; null where there is none to be made. */
function limitTasks(c: FaultContext, pid: number): TaskGroup | null {
  const folder = join('/sys/fs/cgroup/pids', `faults-${process.pid}`)
  const parent = '/sys/fs/cgroup/pids/cgroup.procs'
  try {
    mkdirSync(folder)
  } catch {
    c.note('no group of cgroup v1 can be made here: processes were not limited')
    return null
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  c.defer(() => {
    for (const left of read('cgroup.procs').split('\n').filter(Boolean)) writeFileSync(parent, left)
    rmdirSync(folder)
  })
  const used = () => Number(read('pids.current'))
  if (used() > TASKS) c.note(`the daemon has ${used()} tasks by itself`)
  return {
    used,
    refused: () => Number(/max (\d+)/.exec(read('pids.events'))?.[1] ?? 0),
    allow: (tasks) => writeFileSync(join(folder, 'pids.max'), String(tasks)),
  }
}

/** Connections that ask nothing, and what each was told by itself. */
async function crowd(url: string, size: number) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  const answers: string[] = []
  for (let n = 0; n < size; n++) {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')))
    sockets.push(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close'), sleep(1000)]).catch(() => undefined)
  }
  await sleep(500)
  return { sockets, answers }
}

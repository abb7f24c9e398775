import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { callApi, readApi, type Operation } from './api.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

const MIB = 2 ** 20
const GROUP_MIB = 300
const ROOM_MIB = 70
const SIZES = { slice: { data: 10, source: 2 }, full: { data: 90, source: 4 } } as const

export const f26: Fault = {
  id: 'F26',
  title: 'a small control group during upload and scan',
  async run(c: FaultContext) {
    const group = makeGroup(c)
    if (group === null) return
    // On a machine with other work it takes long to get there.
    const security = { dry_run: false, scan_uploads: true, scan_timeout: 240 }
    const enter = ['bash', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group.folder]
    const platform = await openPlatform(c, { security }, enter)
    await deployChaos(platform, 'neighbour')
    const pid = platform.pid()
    const token = await platform.token()
    const { data, source } = SIZES[c.size]
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
    // Much to carry and little to read: there is room for that.
    const bytes = await buildArchive('large', buildData(data))
    const large = await upload(c, platform, 'large', bytes)
    c.figure('archive', bytes.length / MIB, 'MiB')
    expectSame(c, 'a large archive', large.status, 'succeeded')
    c.figure('processes ended for memory by it', group.readKills(), 'processes', { atMost: 0 })

    // Little to carry and more to understand than there is memory for: enough to unpack it, too little to read it.
    group.leave(ROOM_MIB)
    const dense = await upload(c, platform, 'dense', await buildArchive('dense', buildSource(source)))
    c.figure('scans ended for memory', group.readKills(), 'processes', { atLeast: 1 })
    // What could not be looked into runs only once somebody has read it.
    expectSame(c, 'an archive whose scan ran out of memory', dense.status, 'succeeded')
    const { status: found, body } = await callApi(platform, 'GET', 'servers/dense/findings')
    if (
      found !== 200 ||
      !/The scan did not end: there was not enough memory for it/.test(JSON.stringify(body))
    )
      c.broken(`nobody is told why: ${JSON.stringify(body).slice(0, 1000)}`)
    const { status, body: refusal } = await callApi(platform, 'POST', 'servers/dense/start', {})
    if (!/approval_required/.test(JSON.stringify(refusal)))
      c.broken(`it may be started: ${status} ${JSON.stringify(refusal)}`)
    ending.abort()
    await calls
    expectSame(c, 'the daemon lives', [isAlive(pid), platform.pid()], [true, pid])
    c.figure('calls of a neighbour answered', (100 * answered) / (answered + failed), '%', { atLeast: 100 })
  },
}

async function upload(
  c: FaultContext,
  platform: Platform,
  name: string,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Operation> {
  const begun = await callApi(platform, 'POST', `servers?name=${name}&start=false`, archive)
  expectSame(c, 'the answer to the upload', begun.status, 202)
  let operation = begun.body as Operation
  while (operation.status === 'running' || operation.status === 'pending')
    operation = await readApi<Operation>(platform, `operations/${operation.id}?wait=30`)
  return operation
}

type Group = {
  readonly folder: string
  readKills(): number
  /** So much beside what is taken now. */
  leave(megabytes: number): void
}

/** The daemon's own; sandboxes have theirs. Null where there is none to be made. */
function makeGroup(c: FaultContext): Group | null {
  const folder = join('/sys/fs/cgroup/memory', `faults-${process.pid}`)
  try {
    mkdirSync(folder)
    c.defer(() => rmdirSync(folder))
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(GROUP_MIB * MIB))
  } catch {
    c.note('no memory group of cgroup v1 can be made here: not run')
    return null
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return {
    folder,
    leave(megabytes) {
      const taken = Number(/^rss (\d+)$/m.exec(read('memory.stat'))?.[1])
      writeFileSync(join(folder, 'memory.limit_in_bytes'), String(taken + megabytes * MIB))
    },
    readKills: () => Number(/^oom_kill (\d+)$/m.exec(read('memory.oom_control'))?.[1] ?? 0),
  }
}

type Entry = { readonly path: string; readonly data: Buffer; readonly mode: number }

/** It does not shrink. */
function buildData(megabytes: number): readonly Entry[] {
  return Array.from({ length: megabytes }, (_, n) => ({
    path: `data/part${n}.bin`,
    data: randomBytes(MIB),
    mode: 0o644,
  }))
}

/** Every other character is a token of its own: a tree of it takes many times its bytes. */
function buildSource(megabytes: number): readonly Entry[] {
  // Names that do not repeat: a bomb would be refused before it is read.
  const build = () => {
    const names = randomBytes(9).toString('hex')
    const [a, b, d] = [names.slice(0, 6), names.slice(6, 12), names.slice(12)]
    return `x${a}(y)+[z,{x${b}:u}]|v=>w?x${d}:!s;`
  }
  const lines = Math.floor(MIB / build().length)
  return Array.from({ length: megabytes }, (_, n) => ({
    path: `source/part${n}.js`,
    data: Buffer.from(Array.from({ length: lines }, build).join('')),
    mode: 0o644,
  }))
}

async function buildArchive(name: string, more: readonly Entry[]): Promise<Uint8Array<ArrayBuffer>> {
  const config = JSON.stringify({ name, command: ['bash', 'server.sh'] })
  return new Uint8Array(
    await buildZip([
      { path: 'server.sh', data: Buffer.from(buildServer()), mode: 0o644 },
      { path: 'server_config.json', data: Buffer.from(config), mode: 0o644 },
      ...more,
    ]),
  )
}

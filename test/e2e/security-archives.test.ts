/** Archives that attack, uploaded to a running platform: each is refused by its rule, at once, and leaves nothing. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { constants, createDeflateRaw, deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extraField, rawTar, rawZip, type RawEntry } from '../contracts/archive-bytes.ts'
import {
  eventually,
  findProcesses,
  listFiles,
  MARK,
  readParent,
  startPlatform,
  type Platform,
} from './platform.ts'
import { buildServer } from './servers.ts'

/** What the requirement says is 1 s, on a machine that does nothing else: CI has more to do. */
const SOON_MS = 5_000
const MARKER = `${MARK}-hostile`
const MIB = 1024 * 1024

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ rate_limits: { uploads: 10_000, api: 100_000 } })
  token = await platform.token('servers:deploy', 'servers:read', 'mcp:call')
})
afterAll(async () => platform[Symbol.asyncDispose]())

/** A server that would run if anything of the archive were taken, without the sandbox if it could have its way. */
const payload: readonly RawEntry[] = [
  { name: 'server.sh', data: Buffer.from(buildServer()), attributes: (0o100755 << 16) >>> 0 },
  {
    name: 'server_config.json',
    data: Buffer.from(
      JSON.stringify({ name: 'evil', command: ['bash', 'server.sh', MARKER], sandboxed: false }),
    ),
  },
]
const withPayload = (...entries: readonly RawEntry[]) => rawZip([...payload, ...entries])

type Problem = {
  readonly code: string
  readonly details?: { readonly rule?: string; readonly entry?: string }
}
type Refusal = { readonly status: number; readonly problem: Problem; readonly milliseconds: number }

const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/zip' })

/** Until the platform says no, whether at once or as the end of a deployment. */
async function upload(bytes: Uint8Array): Promise<Refusal> {
  const begin = performance.now()
  const response = await fetch(`${platform.url}/api/v1/servers?name=evil`, {
    method: 'POST',
    headers: headers(),
    body: bytes as Uint8Array<ArrayBuffer>,
  })
  const refusal = await readRefusal(response)
  return { ...refusal, milliseconds: performance.now() - begin }
}

async function readRefusal(response: Response): Promise<Omit<Refusal, 'milliseconds'>> {
  const said = (await response.json()) as Problem & { readonly id?: string }
  if (response.status !== 202) return { status: response.status, problem: said }
  const { status, error } = await waitForEnd(said.id ?? '')
  expect(status, JSON.stringify(error)).toBe('rejected')
  return { status: 422, problem: error ?? { code: 'none' } }
}

async function waitForEnd(id: string) {
  const end = await fetch(`${platform.url}/api/v1/operations/${id}?wait=30`, { headers: headers() })
  return (await end.json()) as { readonly status: string; readonly error: Problem | null }
}

/** Nothing on the disk, no server, no process, and nothing beside the platform's own folder. */
async function expectNothingLeft(): Promise<void> {
  const folders = ['mcp_servers', 'mcp_uploads'].map((name) => join(platform.dataDir, name))
  // The upload goes right after its deployment ended.
  await eventually('nothing is left on the disk', async () =>
    folders.flatMap(listFiles).length === 0 ? true : null,
  )
  const list = await fetch(`${platform.url}/api/v1/servers`, { headers: headers() })
  expect(((await list.json()) as { readonly items: unknown[] }).items).toEqual([])
  expect(findProcesses(MARKER)).toEqual([])
  for (const place of [platform.folder, join(platform.folder, '..'), '/', '/etc', '/tmp']) {
    expect(existsSync(join(place, MARKER)), place).toBe(false)
  }
}

async function expectRefused(bytes: Uint8Array, rule: string): Promise<Refusal> {
  const refusal = await upload(bytes)
  expect(refusal.status).toBe(422)
  expect(refusal.problem.code).toBe('archive_rejected')
  expect(refusal.problem.details?.rule).toBe(rule)
  expect(refusal.milliseconds).toBeLessThan(SOON_MS)
  await expectNothingLeft()
  return refusal
}

describe('names', () => {
  it('S-01: a path out of the archive is refused and written nowhere', async () => {
    for (const name of [`../../${MARKER}`, `../../../../../../etc/${MARKER}`, `a/../../${MARKER}`]) {
      const { problem } = await expectRefused(withPayload({ name }), 'ZIP_NAME')
      expect(problem.details?.entry).toContain(MARKER)
    }
    await expectRefused(rawTar([{ name: `../../${MARKER}`, data: Buffer.from('x') }]), 'TAR_NAME')
  })

  it('S-02: names that lead elsewhere or mean two things are refused, by entry', async () => {
    const names = [
      `/${MARKER}`,
      `C:\\${MARKER}`,
      'C:/x',
      'a\\..\\b',
      'a//b',
      './a',
      'n'.repeat(300),
      `${'d/'.repeat(40)}f`,
    ]
    for (const name of names) {
      const { problem } = await expectRefused(withPayload({ name }), 'ZIP_NAME')
      expect(problem.details?.entry, name).not.toBeUndefined()
    }
  })

  it('S-15: a NUL in a name is refused', async () => {
    await expectRefused(withPayload({ name: 'server.sh\0.txt' }), 'ZIP_NAME')
  })

  it('S-11: one name twice is refused', async () => {
    await expectRefused(withPayload({ name: 'a.txt' }, { name: 'a.txt' }), 'ZIP_DUP')
    await expectRefused(withPayload({ name: 'server.sh', data: Buffer.from('exit 1') }), 'ZIP_DUP')
  })

  it('S-12: names that differ by case only are refused', async () => {
    await expectRefused(withPayload({ name: 'Server.py' }, { name: 'server.py' }), 'ZIP_CASE')
  })
})

describe('entries', () => {
  it('S-04: links and devices are refused in every format', async () => {
    const link = { name: 'link', data: Buffer.from('/etc/passwd') }
    await expectRefused(withPayload({ ...link, attributes: (0o120777 << 16) >>> 0 }), 'ZIP_TYPE')
    await expectRefused(withPayload({ ...link, attributes: (0o020666 << 16) >>> 0 }), 'ZIP_TYPE')
    for (const type of ['1', '2', '3', '4', '6']) {
      await expectRefused(gzipSync(rawTar([{ name: 'link', type, link: '/etc/passwd' }])), 'TAR_TYPE')
    }
  })

  it('S-16: an encrypted archive is refused', async () => {
    await expectRefused(withPayload({ name: 'secret', flags: 0x0801 }), 'ZIP_CRYPT')
    await expectRefused(
      withPayload({ name: 'secret', extra: extraField(0x9901, Buffer.alloc(7)) }),
      'ZIP_CRYPT',
    )
  })

  it('S-17: a wrong CRC is refused, and nothing of it is deployed', async () => {
    await expectRefused(withPayload({ name: 'a.txt', claims: { crc: 1 } }), 'ZIP_CRC')
  })

  it('S-19: sizes of ZIP64 are refused', async () => {
    const huge = Buffer.alloc(16)
    huge.writeBigUInt64LE(2n ** 63n, 0)
    huge.writeBigUInt64LE(2n ** 63n, 8)
    const claims = { size: 0xffffffff, packed: 0xffffffff }
    await expectRefused(withPayload({ name: 'a', claims, extra: extraField(1, huge) }), 'ZIP_64')
  })
})

describe('bombs', () => {
  it('S-06, D22: an archive in an archive stays closed', async () => {
    const inner = rawZip([{ name: 'zeros', data: Buffer.alloc(32 * MIB), method: 8 }])
    const middle = rawZip([{ name: 'inner.zip', data: inner }])
    const source = rawZip([payload[0]!, { name: 'middle.zip', data: middle }])
    const response = await fetch(`${platform.url}/api/v1/servers?name=evil&start=false`, {
      method: 'POST',
      headers: headers(),
      body: source as Uint8Array<ArrayBuffer>,
    })
    const { id } = (await response.json()) as { readonly id: string }
    expect(await waitForEnd(id)).toMatchObject({ status: 'succeeded', error: null })
    const trees = join(platform.dataDir, 'mcp_servers')
    const kept = listFiles(trees)
    expect(kept.filter((path) => /zeros|inner\.zip/.test(path))).toEqual([])
    const found = kept.find((path) => path.endsWith('middle.zip')) ?? ''
    expect(readFileSync(join(trees, found))).toEqual(middle)
    await platform.json('delete', 'evil', '--yes')
    await eventually('its version is gone', async () =>
      (await platform.cli(['list', '--json'])).stdout.includes('evil') ? null : true,
    )
  })

  it('S-07, D22: 10 GB of zeros in 10 MB are refused within the limits of disk and memory', async () => {
    const packed = await deflateZeros(3_500)
    const size = 3_500 * MIB
    const said = { method: 8, rawData: packed, claims: { size, crc: 0 } }
    const watch = watchWorkers()
    // What it says is too much already.
    await expectRefused(rawZip(['a', 'b', 'c'].map((name) => ({ name, ...said }))), 'ZIP_LIMIT')
    // What it says is little, and what comes out is not: it ends where its word does.
    const lie = { method: 8, rawData: packed, claims: { size: 190 * MIB, crc: 0 } }
    await expectRefused(withPayload({ name: 'zeros', ...lie }), 'ZIP_CRC')
    const tar = rawTar([{ name: 'zeros', size: `${(8 * 1024 * MIB - 1).toString(8)}\0` }], Buffer.alloc(0))
    await expectRefused(gzipSync(tar), 'TAR_SIZE')
    const { mostMemory, mostDisk } = await watch.stop()
    expect(mostMemory).toBeGreaterThan(0)
    expect(mostMemory).toBeLessThan(256 * MIB)
    expect(mostDisk).toBeLessThan(500 * MIB)
  })

  it('S-09, D22: 100 001 entries are refused', async () => {
    const many = Array.from({ length: 100_001 }, (_, n) => ({ name: `f${n}`, data: Buffer.alloc(0) }))
    await expectRefused(rawZip(many), 'ZIP_LIMIT')
  })

  it('S-10, D22: an upload over the limit ends at its first byte over it', async () => {
    const { status, sent } = await sendChunked(101 * MIB)
    expect(status).toBe(413)
    // What was in flight when the answer came is in the sockets' buffers.
    expect(sent).toBeLessThanOrEqual(101 * MIB)
    await eventually('the temporary file is gone', async () =>
      listFiles(join(platform.dataDir, 'mcp_uploads')).length === 0 ? true : null,
    )
    await expectNothingLeft()
  })
})

describe('uploads', () => {
  it('S-22: a hundred that were cut off halfway leave nothing', async () => {
    const bytes = withPayload({ name: 'noise', data: Buffer.alloc(256 * 1024, 'noise') })
    const { port } = new URL(platform.url)
    const cut = async (share: number) => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(
        `POST /api/v1/servers?name=evil HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
          `Content-Type: application/zip\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      )
      socket.write(bytes.subarray(0, Math.floor(bytes.length * share)))
      await sleep(20)
      socket.destroy()
    }
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 10 }, (_, k) => cut((k + 1) / 12)))
    await eventually('no temporary file is left', async () =>
      listFiles(join(platform.dataDir, 'mcp_uploads')).length === 0 ? true : null,
    )
    await expectNothingLeft()
  })

  it('S-23: a picture called .mcpb is refused', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    const form = new FormData()
    form.append('archive', new Blob([png]), 'server.mcpb')
    const response = await fetch(`${platform.url}/api/v1/servers?name=evil`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    })
    const { status, problem } = await readRefusal(response)
    expect(status).toBe(422)
    expect(problem.details?.rule).toBe('BAD_MAGIC')
    await expectNothingLeft()
  })

  it('D2, D22: a restart finds nothing of any of them', async () => {
    await platform.stop()
    await platform.start()
    await expectNothingLeft()
    expect(await platform.json('list')).toEqual({ servers: [] })
  })
})

/** A deflate stream of so many MiB of zeros: a thousandth of that, made from one piece. */
async function deflateZeros(mebibytes: number): Promise<Buffer> {
  const zeros = Buffer.alloc(MIB)
  const flushed = await new Promise<Buffer>((resolve) => {
    const deflate = createDeflateRaw({ level: 9 })
    const parts: Buffer[] = []
    deflate.on('data', (part: Buffer) => parts.push(part))
    deflate.write(zeros)
    // A full flush ends at a byte and forgets what was before: such pieces follow one another as one stream.
    deflate.flush(constants.Z_FULL_FLUSH, () => resolve(Buffer.concat(parts)))
  })
  return Buffer.concat([...Array.from({ length: mebibytes }, () => flushed), deflateRawSync(Buffer.alloc(0))])
}

/** The most memory a process of the daemon's that parses archives had, and the most that lay in its folders. */
function watchWorkers() {
  let mostMemory = 0
  let mostDisk = 0
  const over = new AbortController()
  const loop = (async () => {
    while (!over.signal.aborted) {
      for (const pid of findProcesses('unpack-worker')) {
        try {
          if (readParent(pid) !== platform.pid()) continue
          const status = readFileSync(`/proc/${pid}/status`, 'utf8')
          const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
          mostMemory = Math.max(mostMemory, peak)
        } catch {
          // It ended meanwhile.
        }
      }
      mostDisk = Math.max(mostDisk, measure(join(platform.dataDir, 'mcp_uploads')))
      await sleep(10)
    }
  })()
  return {
    async stop() {
      over.abort()
      await loop
      return { mostMemory, mostDisk }
    },
  }
}

function measure(folder: string): number {
  let sum = 0
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name)).size
    }
  } catch {
    // It was removed while it was read.
  }
  return sum
}

/** Chunked, so that no header says how much there is. */
function sendChunked(total: number): Promise<{ readonly status: number; readonly sent: number }> {
  return new Promise((resolve, reject) => {
    let sent = 0
    const answered = new AbortController()
    const request = httpRequest(
      `${platform.url}/api/v1/servers?name=evil`,
      { method: 'POST', headers: headers() },
      (response) => {
        answered.abort()
        response.resume()
        resolve({ status: response.statusCode ?? 0, sent })
      },
    )
    request.on('error', (error) => (answered.signal.aborted ? undefined : reject(error)))
    const piece = Buffer.alloc(MIB, 1)
    const write = () => {
      while (!answered.signal.aborted && sent < total) {
        const bytes = sent === 0 ? Buffer.concat([Buffer.from('PK\x03\x04'), piece]).subarray(0, MIB) : piece
        sent += bytes.length
        if (request.write(bytes)) continue
        request.once('drain', write)
        return
      }
      if (!answered.signal.aborted) request.end()
    }
    write()
  })
}

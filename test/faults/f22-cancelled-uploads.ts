import { once } from 'node:events'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, listFiles, type Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { openPlatform } from './hosted.ts'

const RATE = 1000

export const f22: Fault = {
  id: 'F22',
  title: 'a crowd of uploads, half of them cut off',
  async run(c: FaultContext) {
    const count = c.size === 'full' ? 100 : 20
    const platform = await openPlatform(c, { rate_limits: { uploads: RATE } })
    const token = await platform.token('admin')
    const cut = Array.from({ length: count }, (_, n) => n).filter((n) => n % 2 === 1)
    const outcomes = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        cut.includes(n) ? cutOff(c, platform, token, n) : upload(platform, token, `s${n}`),
      ),
    )
    const whole = outcomes.filter((_, n) => !cut.includes(n))
    expectSame(c, 'the answers to the rest', [...new Set(whole.map((each) => each?.status))], [202])
    const ended = await Promise.all(
      whole.map((each) =>
        eventually(
          `operation ${each?.id} ends`,
          async () => {
            const status = await readOperation(platform, token, each?.id ?? '')
            return status === 'running' ? null : status
          },
          240,
        ),
      ),
    )
    expectSame(c, 'what became of the rest', [...new Set(ended)], ['succeeded'])
    await eventually(
      'nothing is left',
      async () => (listLeft(platform).length === 0 ? true : null),
      10,
    ).catch(() => undefined)
    c.figure('files left', listLeft(platform).length, 'files', { atMost: 0 })
    const { items } = await platform.json<{ items: readonly unknown[] }>('cleanup', '--dry-run')
    expectSame(c, 'what a clean-up would find', items, [])
    expectSame(
      c,
      'servers',
      (await platform.json<{ servers: readonly unknown[] }>('list')).servers.length,
      count / 2,
    )
  },
}

function listLeft(platform: Platform): readonly string[] {
  return ['mcp_uploads', 'mcp_servers/staging'].flatMap((folder) => listFiles(join(platform.dataDir, folder)))
}

async function buildArchive(name: string): Promise<Buffer> {
  const config = JSON.stringify({ name, command: ['bash', 'server.sh'] })
  // It does not shrink.
  const padding = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 2_654_435_761) >>> 13))
  return Buffer.from(
    await buildZip([
      { path: 'server.sh', data: Buffer.from(buildServer()), mode: 0o644 },
      { path: 'server_config.json', data: Buffer.from(config), mode: 0o644 },
      { path: 'padding.bin', data: padding, mode: 0o644 },
    ]),
  )
}

async function upload(platform: Platform, token: string, name: string) {
  const form = new FormData()
  form.set('archive', new Blob([new Uint8Array(await buildArchive(name))]), `${name}.zip`)
  const response = await fetch(`${platform.url}/api/v1/servers?start=false`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  })
  const { id } = (await response.json()) as { readonly id?: string }
  return { status: response.status, id: id ?? '' }
}

async function readOperation(platform: Platform, token: string, id: string): Promise<string> {
  const response = await fetch(`${platform.url}/api/v1/operations/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return ((await response.json()) as { readonly status: string }).status
}

/** The connection ends somewhere in the body. */
async function cutOff(c: FaultContext, platform: Platform, token: string, n: number): Promise<null> {
  const archive = await buildArchive(`cut${n}`)
  const head = `--b\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), archive, Buffer.from('\r\n--b--\r\n')])
  const { hostname, port, host } = new URL(platform.url)
  const socket = createConnection(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(
    `POST /api/v1/servers HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  socket.write(body.subarray(0, Math.floor(head.length + c.random() * (archive.length - 1))))
  await sleep(c.random() * 200)
  socket.destroy()
  return null
}

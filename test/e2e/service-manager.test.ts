/** The daemon as a service: what it tells the service manager, and when it stops telling. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, startPlatform } from './platform.ts'

/** Node opens no datagram sockets of this kind; Python stands in for systemd. */
const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    for line in s.recv(4096).decode().splitlines(): print(line, flush=True)
`
let folder: string
let heard: string[] = []
let manager: ReturnType<typeof spawn>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'))
  manager = spawn('/usr/bin/python3', ['-c', LISTEN, join(folder, 'socket')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  manager.stdout?.on('data', (chunk: Buffer) => heard.push(...chunk.toString().trim().split('\n')))
  await eventually('the socket is bound', async () => (heard.includes('bound') ? true : null))
})
afterAll(async () => {
  manager.kill('SIGKILL')
  await once(manager, 'exit')
  rmSync(folder, { recursive: true })
})
const countProofs = () => heard.filter((line) => line === 'WATCHDOG=1').length

it('F3: proves that its event loop turns, and no more once it is stopped', async () => {
  heard = []
  const through = ['env', `NOTIFY_SOCKET=${join(folder, 'socket')}`, 'WATCHDOG_USEC=300000']
  await using platform = await startPlatform({}, through)
  await eventually('it says it is ready', async () => (heard.includes('READY=1') ? true : null))
  await eventually('it proves its life again and again', async () => (countProofs() > 5 ? true : null))

  process.kill(platform.pid(), 'SIGSTOP')
  // What was under way when it was stopped still arrives.
  await sleep(500)
  const before = countProofs()
  await sleep(1_500)
  expect(countProofs()).toBe(before)
  process.kill(platform.pid(), 'SIGCONT')
  await eventually('it goes on', async () => (countProofs() > before ? true : null))

  expect(heard).not.toContain('STOPPING=1')
  expect(await platform.stop()).toBe(0)
  expect(heard).toContain('STOPPING=1')
})

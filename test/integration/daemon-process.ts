/**
 * A daemon of few lines, to be killed: on the data directory of its argument it starts a server, or runs a job,
 * and says so on stdout. Its ledger is a file, so that the next one can read it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { openHarness } from './sandbox-harness.ts'

const [, , what = '', dataDir = ''] = process.argv
const harness = await openHarness('namespaces', dataDir)
const JOB = `(setsid bash -c 'exec -a "$0" sleep 987' "$0" &); echo running; exec -a "$0" sleep 987`

if (what === 'serve') {
  const instance = await harness.start({
    files: {
      'main.py': `
import os, sys
for n in sorted(os.listdir('/proc/self/fd'), key=int):
    try: print(n, os.path.basename(os.readlink('/proc/self/fd/' + n)), flush=True)
    except FileNotFoundError: pass
for line in sys.stdin: print('got', line.strip(), flush=True)`,
    },
    command: ['python3', 'main.py'],
    runtime: 'python',
    limits: { memoryMb: 200 },
  })
  let text = ''
  instance.stdout.on('data', (chunk: Buffer) => {
    text += String(chunk)
    if (text.includes('got hello')) console.log(JSON.stringify({ pid: instance.pid, text }))
  })
  instance.stdin.write('hello\n')
  await writeFile(join(dataDir, 'rows.json'), JSON.stringify(harness.ledger.rows()))
} else {
  const appDir = join(dataDir, 'staging')
  await mkdir(appDir)
  const tools = createTools(harness.host, createInterpreters(harness.host))
  const jail = createJail({ host: harness.host, tools, minTier: 'namespaces', egress: openTestEgress() })
  await jail.run(
    {
      // Both processes bear the data directory's name, so that they are told apart from another run's.
      argv: ['/bin/bash', '-c', JOB, basename(dataDir)],
      appDir,
      binds: [],
      environment: {},
      reach: [],
      limits: { memoryMb: 128, cpuPercent: 100, maxProcesses: 32, diskMb: 512 },
      timeoutSeconds: 60,
      onLine: (line) => console.log(JSON.stringify({ line })),
    },
    new AbortController().signal,
  )
}

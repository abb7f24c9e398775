/** Tier `none` as a plain user: what a process without a sandbox is, as one JSON document on stdout. */
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { openHarness, readUntil } from './sandbox-harness.ts'

const [, , dataDir = ''] = process.argv
const harness = await openHarness('none', dataDir, undefined, (host) => ({
  ...host,
  way: 'none',
  launch: { ...host.launch, way: 'none' },
  uids: null,
  holder: null,
}))
const python = await createTools(harness.host, createInterpreters(harness.host)).find('python')
const script = '(setsid sleep 61 &); echo "$PWD $HOME"; exec sleep 62'
const instance = await harness.start({ files: { 'run.sh': script }, command: ['bash', '/app/run.sh'] })
const [cwd = '', home = ''] = (await readUntil(instance, /\n/)).trim().split(' ')
const end = await instance.stop('asked', 'over', 2000)
console.log(JSON.stringify({ enforcement: instance.enforcement, python: python?.argv, cwd, home, end }))

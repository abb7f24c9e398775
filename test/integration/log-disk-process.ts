/** Writes a server's log onto a small disk (argv[2]) until it is full, makes room, writes on; prints what came of it. */
import { unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createLogFiles } from '../../src/runtime/instance/log-files.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { buildServerId } from '../fakes/launch-spec.ts'

const disk = process.argv[2] ?? ''
const filler = join(disk, 'filler')
writeFileSync(filler, Buffer.alloc(128 * 1024))
const id = buildServerId(1)
const logs = createLogFiles({
  dir: join(disk, 'logs'),
  clock: systemClock,
  logger: createLogger(new PassThrough().resume()),
})
for (let round = 0; round < 40; round++) {
  for (let n = 0; n < 4; n++) logs.append(id, 'stderr', `${round} ${'x'.repeat(2000)}`)
  await logs.read(id, { limit: 1 })
}
unlinkSync(filler)
logs.append(id, 'stderr', 'room again')
await logs.read(id, { limit: 1 })
logs.append(id, 'stderr', 'the end')
const lines = await logs.read(id, {})
await logs.close()
process.stdout.write(JSON.stringify(lines.map(({ seq, stream, text }) => [seq, stream, text.slice(0, 80)])))

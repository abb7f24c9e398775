/** The first start of a newer release is killed while it changes the database: that is at one step or the next. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { examineDatabase, MIGRATIONS, openDatabase } from '../../src/store/sqlite/database.ts'
import { OLD, writeOldDatabase } from '../fakes/old-database.ts'
import { expectSame, type Fault } from './fault.ts'

const KILLS = { slice: 3, full: 100 } as const
const FROM = 1
/** So that the steps which make a table anew take a while. */
const COPIES = 3_000
const ROOT = join(import.meta.dirname, '../..')
const NODE = join(ROOT, 'node_modules/node/bin/node')

export const f23: Fault = {
  id: 'F23',
  title: 'the daemon is killed while it migrates the database',
  async run(c) {
    const folder = mkdtempSync(join(tmpdir(), 'haivemind-f23-'))
    c.defer(() => rmSync(folder, { recursive: true, force: true }))
    let between = 0
    let milliseconds = 0
    for (let kill = -1; kill < KILLS[c.size] && !c.signal.aborted; kill++) {
      const path = join(folder, `${kill}.db`)
      writeOldDatabase(path, FROM, COPIES)
      const child = spawn(NODE, ['--input-type=module', '-e', SCRIPT, path], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = once(child, 'close')
      await once(child.stdout, 'data')
      const begin = performance.now()
      if (kill < 0) {
        // One to its end, to know how long it takes here.
        await ended
        milliseconds = performance.now() - begin
        continue
      }
      await sleep(c.random() * milliseconds)
      child.kill('SIGKILL')
      await ended
      const { problem, schema } = examineDatabase(path, 'full')
      if (problem !== null) c.broken(`kill ${kill}: ${problem}`)
      if (schema > FROM && schema < MIGRATIONS.length) between++
      const database = openDatabase(path)
      expectSame(
        c,
        `server after kill ${kill}`,
        { ...database.get('SELECT id FROM servers') },
        { id: OLD.server },
      )
      const found = database.get('SELECT count(*) AS n FROM sessions')
      expectSame(c, `sessions after kill ${kill}`, { ...found }, { n: COPIES + 1 })
      database.close()
      expectSame(c, `schema after kill ${kill}`, examineDatabase(path, 'quick').schema, MIGRATIONS.length)
      rmSync(path)
    }
    c.figure('kills', KILLS[c.size], 'kills')
    c.figure('killed between two steps', between, 'kills')
  },
}

const SCRIPT = `
const { openDatabase } = await import('${join(ROOT, 'src/store/sqlite/database.ts')}')
process.stdout.write('begins')
openDatabase(process.argv[1]).close()
`

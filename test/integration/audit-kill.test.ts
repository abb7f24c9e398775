/** The audit log after a writer that was killed in the middle of whatever it was doing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { verifyAudit } from '../../src/store/audit/verify-audit.ts'

/** HAIVEMIND_AUDIT_KILLS=100 makes it the full check, by hand. */
const KILLS = Number(process.env['HAIVEMIND_AUDIT_KILLS'] ?? 25)

it(`S-131: after each of ${KILLS} kills the chain is whole and has all that was acknowledged`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-audit-kill-'))
  let acknowledged = 0
  try {
    for (let n = 0; n < KILLS; n++) {
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'audit-writer-process.ts'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const gone = once(writer, 'exit')
      let text = ''
      const [first] = (await once(writer.stdout, 'data')) as [Buffer]
      text += first.toString()
      writer.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      await sleep((n * 37) % 90)
      writer.kill('SIGKILL')
      await gone
      // The last line may be cut.
      const whole = text.slice(0, text.lastIndexOf('\n')).split('\n')
      acknowledged = Number(whole.at(-1))
      const verdict = await verifyAudit({ path: join(folder, 'haivemind.db'), dir: join(folder, 'audit') })
      expect(verdict.problem, `after kill ${n + 1}`).toBe(null)
      expect(verdict.records).toBeGreaterThanOrEqual(acknowledged)
    }
    expect(acknowledged).toBeGreaterThan(KILLS)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

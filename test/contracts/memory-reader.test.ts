/** Searches in a thread of their own: what was just stored is found, and closing waits for the thread's connection. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { MemoryFilter } from '../../src/domain/memory.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const everything: MemoryFilter = { ceiling: 'pii', reader: { id: 'local', isAdmin: true } }
const first = { limit: 50, offset: 0 }
const note = { category: 'global', kind: 'note', actor: 'local' } as const

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-reader-'))
  folders.push(folder)
  const path = join(folder, 'platform.db')
  return { path, store: openStore(path, { clock: createFakeClock(), log: silent, ...vaultDeps }) }
}

describe('a thread that reads memories', () => {
  it('finds what was stored a moment ago, and ends with the store', async () => {
    const { path, store } = open()
    for (let n = 0; n < 5; n++) {
      await store.memories.store({ ...note, content: `zebra number${n}` })
      expect((await store.memories.search('zebra', everything, first)).total).toBe(n + 1)
    }
    expect((await store.memories.recent(everything, first)).items[0]?.content).toBe('zebra number4')
    expect((await store.memories.stats('pii', everything.reader)).categories).toEqual([
      { category: 'global', count: 5 },
    ])
    const asked = store.memories.search('zebra', everything, first)
    store.close()
    // Answered or refused, by whichever came first.
    await Promise.allSettled([asked])
    // The last connection to go takes the log with it.
    expect(existsSync(`${path}-wal`)).toBe(false)
    await expect(store.memories.search('zebra', everything, first)).rejects.toThrow('closed')
  })

  it('takes no more than 200 questions at a time', async () => {
    const { store } = open()
    await store.memories.store({ ...note, content: 'zebra' })
    const asked = await Promise.allSettled(
      Array.from({ length: 210 }, () => store.memories.search('zebra', everything, first)),
    )
    store.close()
    const refused = asked.filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(10)
    expect(refused[0]).toMatchObject({ reason: { code: 'busy' } })
  })
})

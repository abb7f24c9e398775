import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ISOLATION_TIERS, type Enforcement } from '../../../domain/enforcement.ts'
import { isPromised, isProvedBy, PROBES, type Probe, type ProbeId } from './probes.ts'

const hard = { level: 'hard', by: 'cgroup v2', why: null } as const
const soft = { level: 'soft', by: 'watchdog', why: 'no control group' } as const
const none = { level: 'none', by: 'nothing', why: 'a plain process' } as const
const STRONG: Enforcement = {
  uid: 'distinct',
  fs: hard,
  net: hard,
  seccomp: hard,
  memory: hard,
  cpu: hard,
  pids: hard,
  open_files: hard,
  disk: soft,
}

const probe = (id: ProbeId): Probe => PROBES.find((one) => one.id === id) as Probe

describe('what is promised', () => {
  it('follows the record: a soft limit promises nothing, a hard one does in every tier', () => {
    expect(isPromised(probe('SB-33'), STRONG)).toBe(true)
    expect(isPromised(probe('SB-33'), { ...STRONG, memory: soft })).toBe(false)
    expect(isPromised(probe('SB-40'), STRONG)).toBe(false)
    expect(isPromised(probe('SB-40'), { ...STRONG, disk: hard })).toBe(true)
  })

  it('is kept by either of two protections', () => {
    expect(isPromised(probe('S-40'), { ...STRONG, fs: none })).toBe(true)
    expect(isPromised(probe('S-40'), { ...STRONG, uid: 'platform' })).toBe(true)
    expect(isPromised(probe('S-40'), { ...STRONG, fs: none, uid: 'platform' })).toBe(false)
  })

  it('is what every tier stops where no protection is named', () => {
    expect(isPromised(probe('SB-03'), { ...STRONG, fs: none, uid: 'platform', seccomp: none })).toBe(true)
  })
})

describe('docs/sandbox.md', () => {
  it('has the table of attacks as it is', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../../docs/sandbox.md'), 'utf8')
    const [, table] = /<!-- attacks -->\n([\s\S]*?)\n<!-- \/attacks -->/.exec(docs) ?? []
    const tiers = ISOLATION_TIERS.toReversed()
    const rows = PROBES.map((one) => {
      const cells = tiers.map((tier) =>
        isProvedBy(tier, one) ? 'stopped' : one.id === 'SB-40' ? 'where `disk` is hard' : 'no',
      )
      return `| ${[one.id, one.title, ...cells].join(' | ')} |`
    })
    const head = [`| id | attack | ${tiers.join(' | ')} |`, `|${'---|'.repeat(tiers.length + 2)}`]
    expect(table?.split('\n')).toEqual([...head, ...rows])
  })
})

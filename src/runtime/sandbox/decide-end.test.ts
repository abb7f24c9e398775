import { describe, expect, it } from 'vitest'
import { decideEnd, type EndFacts } from './decide-end.ts'

const FACTS: EndFacts = {
  asked: null,
  forced: false,
  oomKills: 0,
  exitCode: 0,
  started: true,
  memoryMb: 128,
  memoryPeakBytes: 128 * 2 ** 20,
  program: '/app/run',
}

const short = (facts: Partial<EndFacts>) => {
  const { cause, code, signal } = decideEnd({ ...FACTS, ...facts })
  return [cause, code, signal]
}

describe('the cause of an end (SB-27)', () => {
  it('tells six ends apart', () => {
    expect(short({ exitCode: 0 })).toEqual(['exited', 0, null])
    expect(short({ exitCode: 7 })).toEqual(['exited', 7, null])
    expect(short({ exitCode: 139 })).toEqual(['signalled', null, 'SIGSEGV'])
    expect(short({ exitCode: 137, oomKills: 1 })).toEqual(['out_of_memory', null, 'SIGKILL'])
    expect(short({ exitCode: 127, started: false })).toEqual(['init_failed', 127, null])
    expect(short({ exitCode: null })).toEqual(['signalled', null, null])
  })

  it('lets the first cause win', () => {
    const asked = { cause: 'start_timeout', detail: 'No answer in 30 s.' } as const
    expect(decideEnd({ ...FACTS, asked, oomKills: 1, exitCode: 137 })).toMatchObject(asked)
  })

  it('says that a server did not end when it was asked to', () => {
    const asked = { cause: 'asked', detail: 'Stopped on request.' } as const
    expect(decideEnd({ ...FACTS, asked, forced: true, exitCode: 137 })).toMatchObject({
      cause: 'asked',
      detail: 'Stopped on request. It went on after SIGTERM and was killed.',
    })
  })

  it('says it in a sentence, with the next step', () => {
    expect(decideEnd({ ...FACTS, exitCode: 137, oomKills: 2 })).toMatchObject({
      detail: 'It needed more than its 128 MiB of memory, peak 128 MiB.',
      hint: 'Raise resource_limits.memory_mb, or make it use less.',
    })
    expect(decideEnd({ ...FACTS, exitCode: 159 }).detail).toBe(
      'It was killed for a system call that the sandbox forbids (SIGSYS).',
    )
    expect(decideEnd({ ...FACTS, exitCode: 126, started: false }).detail).toBe(
      'The start command /app/run cannot be executed.',
    )
  })

  it('takes 127 of a program that did run for its own', () => {
    expect(short({ exitCode: 127, started: true })).toEqual(['exited', 127, null])
  })
})

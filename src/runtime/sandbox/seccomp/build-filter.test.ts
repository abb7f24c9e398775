import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ALLOW,
  buildFilter,
  EAFNOSUPPORT,
  encodeFilter,
  ENOSYS,
  EPERM,
  KILL_PROCESS,
  type Instruction,
} from './build-filter.ts'
import { ARCHITECTURES, AUDIT_ARCH, DENIED, JUDGED, numberOf, type Architecture } from './syscalls.ts'

type Call = { readonly arch: number; readonly nr: number; readonly args?: readonly bigint[] }

/** The kernel's classic BPF machine, as far as seccomp uses it; reads struct seccomp_data. */
function interpret(program: readonly Instruction[], { arch, nr, args = [] }: Call): number {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, nr, true)
  data.setUint32(4, arch, true)
  args.forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true))
  let accumulator = 0
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at] as Instruction
    const jump = (holds: boolean) => (at += holds ? jt : jf)
    if (code === 0x20) accumulator = data.getUint32(k, true)
    else if (code === 0x15) jump(accumulator === k)
    else if (code === 0x35) jump(accumulator >= k)
    else if (code === 0x45) jump((accumulator & k) !== 0)
    else if (code === 0x06) return k
    else throw new Error(`unknown instruction ${code}`)
  }
  throw new Error('the program ran off its end')
}

function verdict(architecture: Architecture, nr: number, ...args: readonly bigint[]): number {
  return interpret(buildFilter(architecture), { arch: AUDIT_ARCH[architecture], nr, args })
}

describe.each(ARCHITECTURES)('the filter for %s', (architecture) => {
  const call = (name: keyof typeof JUDGED, ...args: readonly bigint[]) =>
    verdict(architecture, numberOf(JUDGED[name], architecture) ?? -1, ...args)

  it('refuses exactly the table, over 0 to 599 (SB-12)', () => {
    const denied = new Set(Object.values(DENIED).map((numbers) => numberOf(numbers, architecture)))
    const refused: Record<number, number> = {}
    for (let nr = 0; nr < 600; nr++) {
      const answer = verdict(architecture, nr, 1n)
      if (answer !== ALLOW) refused[nr] = answer
    }
    // With the first argument 1: personality(1) is refused, socket(AF_UNIX) and ioctl are not.
    const expected = Object.fromEntries([
      ...[...denied].filter((nr) => nr !== null).map((nr) => [nr, EPERM]),
      [numberOf(JUDGED.clone3, architecture), ENOSYS],
      [numberOf(JUDGED.personality, architecture), EPERM],
    ])
    expect(refused).toEqual(expected)
  })

  it('lets no new namespace through clone, high bits or not (SB-08)', () => {
    const SIGCHLD = 17n
    const [newUser, newNet, newTask] = [0x10000000n, 0x40000000n, 0x003d0f00n]
    expect(call('clone', SIGCHLD)).toBe(ALLOW)
    expect(call('clone', newTask)).toBe(ALLOW)
    expect(call('clone', newUser | SIGCHLD)).toBe(EPERM)
    expect(call('clone', (1n << 32n) | newUser)).toBe(EPERM)
    expect(call('clone', newNet)).toBe(EPERM)
    expect(call('clone3')).toBe(ENOSYS)
  })

  it('allows only sockets that the network namespace contains (SB-09)', () => {
    for (const family of [1n, 2n, 10n]) expect(call('socket', family)).toBe(ALLOW)
    expect(call('socket', 16n, 3n, 0n)).toBe(ALLOW)
    expect(call('socket', 16n, 3n, 12n)).toBe(EAFNOSUPPORT)
    const [packet, alg, vsock] = [17n, 38n, 40n]
    for (const family of [packet, alg, vsock, 0x100000028n]) {
      expect(call('socket', family)).toBe(EAFNOSUPPORT)
    }
    expect(call('socketpair', 1n)).toBe(ALLOW)
    expect(call('socketpair', 2n)).toBe(EAFNOSUPPORT)
  })

  it('refuses terminal injection, whatever the upper half of the request says (SB-10)', () => {
    expect(call('ioctl', 0n, 0x5413n)).toBe(ALLOW)
    for (const request of [0x5412n, 0x541cn, 0x5423n, 0x100005412n]) {
      expect(call('ioctl', 0n, request)).toBe(EPERM)
    }
  })

  it('lets the persona be asked for and kept, not weakened', () => {
    for (const persona of [0n, 8n, 0x20000n, 0x20008n, 0xffffffffn]) {
      expect(call('personality', persona)).toBe(ALLOW)
    }
    expect(call('personality', 0x0040000n)).toBe(EPERM)
  })

  it('kills a call of a foreign architecture (SB-11)', () => {
    const AUDIT_ARCH_I386 = 0x40000003
    expect(interpret(buildFilter(architecture), { arch: AUDIT_ARCH_I386, nr: 1 })).toBe(KILL_PROCESS)
  })

  it('fits the kernel: at most 4096 instructions, jumps inside the program', () => {
    const program = buildFilter(architecture)
    expect(program.length).toBeLessThan(4096)
    program.forEach(({ jt, jf }, at) => {
      expect(Math.max(jt, jf)).toBeLessThan(256)
      expect(at + Math.max(jt, jf)).toBeLessThan(program.length)
    })
  })
})

describe('details', () => {
  it('answers x32 numbers with ENOSYS', () => {
    expect(verdict('x64', 0x40000000 + 101)).toBe(ENOSYS)
    expect(verdict('x64', 0xffffffff)).toBe(ENOSYS)
  })

  it('refuses what docs/sandbox.md says, no less and no more', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/sandbox.md'), 'utf8')
    const list = /<!-- denied -->([^<]*)<!-- \/denied -->/.exec(page)?.[1] ?? ''
    expect(list.trim().split(/,\s+/)).toEqual(Object.keys(DENIED))
  })

  it('is 8 bytes an instruction, little endian', () => {
    const bytes = encodeFilter([{ code: 0x15, jt: 1, jf: 2, k: 0xc000003e }])
    expect([...bytes]).toEqual([0x15, 0x00, 1, 2, 0x3e, 0x00, 0x00, 0xc0])
  })

  const HEADERS = {
    x64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
    arm64: '/usr/include/asm-generic/unistd.h',
  }
  it.skipIf(!Object.values(HEADERS).every(existsSync))(
    'has the numbers of the kernel’s headers [skipped: linux-libc-dev is not installed]',
    () => {
      for (const architecture of ARCHITECTURES) {
        const header = readFileSync(HEADERS[architecture], 'utf8')
        const pairs = header.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm)
        const known = new Map([...pairs].map((match) => [match[1], Number(match[2])]))
        const ours = Object.entries({ ...DENIED, ...JUDGED })
        const wrong = ours.filter(([name, numbers]) => {
          const number = numberOf(numbers, architecture)
          return number !== null && known.has(name) && known.get(name) !== number
        })
        expect(wrong).toEqual([])
        expect(ours.filter(([name]) => known.has(name)).length).toBeGreaterThan(50)
      }
    },
  )
})

/**
 * The system-call filter as classic BPF, made without a C toolchain: bubblewrap takes the bytes on a descriptor.
 * Each rule is a block that ends in RET, so that 8-bit jumps always suffice (the kernel takes 4096 instructions).
 */
import { AUDIT_ARCH, DENIED, JUDGED, numberOf, type Architecture } from './syscalls.ts'

/** One struct sock_filter. */
export type Instruction = {
  readonly code: number
  readonly jt: number
  readonly jf: number
  readonly k: number
}

// linux/bpf_common.h
const LOAD_WORD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_AT_LEAST = 0x35
const JUMP_ANY_BIT = 0x45
const RETURN = 0x06

// linux/seccomp.h
export const ALLOW = 0x7fff0000
export const KILL_PROCESS = 0x80000000
const ERRNO = 0x00050000
export const EPERM = ERRNO | 1
export const ENOSYS = ERRNO | 38
export const EAFNOSUPPORT = ERRNO | 97

/** struct seccomp_data: nr, arch, instruction pointer, six 64-bit arguments; little endian, so low word first. */
const NUMBER = 0
const ARCH = 4
const lowWordOf = (argument: number) => 16 + 8 * argument

/**
 * CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}. The kernel ignores the upper 32 bits of clone's flags.
 * CLONE_NEWTIME (0x80) lies within the exit signal's byte there: only unshare and clone3 take it, both refused.
 */
const NAMESPACE_FLAGS = 0x7e020000
const X32_NUMBERS = 0x40000000
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16]
/** The kernel compares only the low word of an ioctl request, so a high bit must not hide it. */
const [TIOCSTI, TIOCLINUX, TIOCSETD] = [0x5412, 0x541c, 0x5423]
/** PER_LINUX and PER_LINUX32, each also with UNAME26, and the query; no switching off of address randomisation. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff]

const load = (k: number): Instruction => ({ code: LOAD_WORD, jt: 0, jf: 0, k })
const jump = (code: number, k: number, jt: number, jf: number): Instruction => ({ code, jt, jf, k })
const answer = (k: number): Instruction => ({ code: RETURN, jt: 0, jf: 0, k })

/** When the loaded word equals `k`, answer; else go on. */
const answerIf = (k: number, verdict: number) => [jump(JUMP_EQUAL, k, 0, 1), answer(verdict)]

/** The block for one call; `block` must answer on every path. */
function forCall(number: number | null, block: readonly Instruction[]): readonly Instruction[] {
  return number === null ? [] : [jump(JUMP_EQUAL, number, 0, block.length), ...block]
}

export function buildFilter(architecture: Architecture): readonly Instruction[] {
  const call = (name: keyof typeof JUDGED) => numberOf(JUDGED[name], architecture)
  return [
    // A foreign architecture (int 0x80) has other numbers: nothing below would hold.
    load(ARCH),
    jump(JUMP_EQUAL, AUDIT_ARCH[architecture], 1, 0),
    answer(KILL_PROCESS),
    load(NUMBER),
    ...(architecture === 'x64' ? [jump(JUMP_AT_LEAST, X32_NUMBERS, 0, 1), answer(ENOSYS)] : []),
    // clone3 keeps its flags in memory, which a filter cannot read; libc falls back to clone.
    ...forCall(call('clone3'), [answer(ENOSYS)]),
    ...forCall(call('clone'), [
      load(lowWordOf(0)),
      jump(JUMP_ANY_BIT, NAMESPACE_FLAGS, 0, 1),
      answer(EPERM),
      answer(ALLOW),
    ]),
    ...forCall(call('socket'), [
      load(lowWordOf(0)),
      ...[AF_UNIX, AF_INET, AF_INET6].flatMap((family) => answerIf(family, ALLOW)),
      // Route netlink for os.networkInterfaces(); the network namespace holds nothing but lo.
      jump(JUMP_EQUAL, AF_NETLINK, 0, 3),
      load(lowWordOf(2)),
      ...answerIf(0, ALLOW),
      answer(EAFNOSUPPORT),
    ]),
    ...forCall(call('socketpair'), [load(lowWordOf(0)), ...answerIf(AF_UNIX, ALLOW), answer(EAFNOSUPPORT)]),
    ...forCall(call('ioctl'), [
      load(lowWordOf(1)),
      ...[TIOCSTI, TIOCLINUX, TIOCSETD].flatMap((request) => answerIf(request, EPERM)),
      answer(ALLOW),
    ]),
    ...forCall(call('personality'), [
      load(lowWordOf(0)),
      ...PERSONALITIES.flatMap((persona) => answerIf(persona, ALLOW)),
      answer(EPERM),
    ]),
    ...Object.values(DENIED).flatMap((numbers) => forCall(numberOf(numbers, architecture), [answer(EPERM)])),
    answer(ALLOW),
  ]
}

/** 8 bytes an instruction, little endian: u16 code, u8 jt, u8 jf, u32 k. */
export function encodeFilter(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8))
  program.forEach(({ code, jt, jf, k }, index) => {
    bytes.setUint16(index * 8, code, true)
    bytes.setUint8(index * 8 + 2, jt)
    bytes.setUint8(index * 8 + 3, jf)
    bytes.setUint32(index * 8 + 4, k, true)
  })
  return new Uint8Array(bytes.buffer)
}

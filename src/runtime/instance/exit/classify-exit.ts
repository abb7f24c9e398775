/**
 * Which kind of end it was. Pure. In the order of trust: who asked for it, the kernel, the wait status, how far it had
 * come, what it wrote to stderr, what it did to the protocol. Text never overrules the kernel.
 */
import type { ExitClass } from '../../../domain/exit-class.ts'
import type { ExitCause } from '../../../domain/server-state.ts'
import type { ExitEvidence } from '../../ports.ts'
import { readLastWords, type TextFinding } from './read-last-words.ts'

/** Was `initialize` answered? */
export type ExitPhase = 'starting' | 'serving'

export type ExitFacts = {
  readonly cause: ExitCause
  readonly code: number | null
  readonly signal: string | null
  readonly detail: string
  readonly evidence: ExitEvidence | null
  readonly phase: ExitPhase
  /** The last 64 KiB. */
  readonly stderr: string
}

export type Classified = { readonly kind: ExitClass; readonly text: TextFinding | null }

const CRASHES: readonly string[] = ['SIGSEGV', 'SIGILL', 'SIGBUS', 'SIGFPE', 'SIGABRT', 'SIGTRAP']

/** V8 says so and aborts: with the signal its words are believed. */
const HEAP_LIMIT = /heap limit|heap out of memory/
/** V8 could not even reserve addresses: a limit on the address space, which no server needs. */
const NO_ADDRESS_SPACE = /Failed to reserve virtual memory/
/** What Python prints last of an exception that nobody caught. */
const MEMORY_ERROR = /Traceback \(most recent call last\):(?:\n[ \t].*)+\nMemoryError\b[^\n]*\s*$/
const CANNOT_FORK =
  /\bEAGAIN\b|Resource temporarily unavailable|can't start new thread|fork: retry|Cannot fork|pthread_create failed/i

/** Null when it was asked for: nothing is to be explained. */
export function classifyExit(facts: ExitFacts): Classified | null {
  const { cause, code, signal, evidence, phase, stderr } = facts
  const plain = (kind: ExitClass): Classified => ({ kind, text: null })
  if (cause === 'asked') return null
  if (evidence?.isOverDisk === true) return plain('resource_limit')
  if (cause === 'out_of_memory') return plain('out_of_memory')
  if (cause === 'platform') return plain('platform_fault')
  const text = readLastWords(stderr, phase)
  if (cause === 'start_timeout') return { kind: 'start_timeout', text }
  if (cause === 'health') return plain('unresponsive')
  if (cause === 'protocol') return plain('protocol')
  const isRefused = cause === 'init_failed' && code !== 126 && code !== 127
  if (isRefused) return classifyRefusal(facts)
  if (signal !== null || cause === 'signalled') return plain(classifySignal(signal, stderr))
  if (code === 0) return { kind: phase === 'serving' ? 'clean_exit' : 'not_a_server', text }
  const refusedTasks = evidence?.refusedTasks ?? null
  if (CANNOT_FORK.test(stderr) && refusedTasks !== 0) return plain('resource_limit')
  if (MEMORY_ERROR.test(stderr)) return plain('out_of_memory')
  if (text !== null) return { kind: heedEgress(text, facts), text }
  if (refusedTasks !== null && refusedTasks > 0) return plain('resource_limit')
  if (code === 126 || code === 127) return plain('missing_command')
  return plain('unknown')
}

/** What its answer to `initialize`, or its last words before it, may say of why it cannot serve. */
const EXCUSES: readonly ExitClass[] = ['missing_secret', 'bad_secret', 'dependency_down', 'egress_denied']

/** It was ended since `initialize` went wrong: a signal is then the platform's own. */
function classifyRefusal(facts: ExitFacts): Classified {
  const text = readLastWords(`${facts.stderr}\n${facts.detail}`, facts.phase)
  const kind = text === null ? 'protocol' : heedEgress(text, facts)
  return EXCUSES.includes(kind) ? { kind, text } : { kind: 'protocol', text: null }
}

function classifySignal(signal: string | null, stderr: string): ExitClass {
  if (signal === 'SIGSYS') return 'sandbox_denied'
  if (signal === 'SIGXCPU' || signal === 'SIGXFSZ') return 'resource_limit'
  if (signal === 'SIGABRT' && HEAP_LIMIT.test(stderr)) return 'out_of_memory'
  if (signal === 'SIGTRAP' && NO_ADDRESS_SPACE.test(stderr)) return 'platform_fault'
  return signal !== null && CRASHES.includes(signal) ? 'native_crash' : 'killed_externally'
}

/** What a program meets that has no network; a refused connection is then one of its own loopback. */
const NO_WAY =
  /ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|resol(?:ve|ution)|Name or service not known|nodename nor servname|[Uu]nreachable|no such host|No route to host/

/**
 * A place that does not answer is somebody else's fault and mends itself; one that this platform keeps a server from
 * does not. Its own loopback is never refused.
 */
function heedEgress({ kind, words }: TextFinding, { evidence, stderr }: ExitFacts): ExitClass {
  if (kind !== 'dependency_down' || evidence === null) return kind
  const { refusedPlaces, isOffline } = evidence
  if (refusedPlaces.some(({ host }) => stderr.includes(host))) return 'egress_denied'
  return isOffline && NO_WAY.test(words) ? 'egress_denied' : kind
}

/** From an ended instance's evidence to what people read: its class, a sentence, the next step, the last of stderr. */
import type { ExitClass } from '../../../domain/exit-class.ts'
import type { Exit, ExitCause } from '../../../domain/server-state.ts'
import type { InstanceEnd } from '../../ports.ts'
import { EXIT_ADVICE } from './advice.ts'
import { classifyExit, type Classified, type ExitPhase } from './classify-exit.ts'
import { buildFingerprint } from './fingerprint.ts'

export type LastWords = {
  /** Up to 64 KiB, to be judged by. */
  readonly evidence: string
  /** Of that at most 4 KiB, to be shown. */
  readonly shown: string
}

export const NO_WORDS: LastWords = { evidence: '', shown: '' }

/** What the shell that waits at the gate says when it cannot become the command: `sh: 8: exec: /app/x: not found`. */
const LAUNCHER_COMPLAINT = /\bexec: .*(?:not found|denied|No such file|cannot execute|Exec format)/

/** What keeps a server from ever coming up: before `initialize` it is its cause. */
const NEVER_UP: readonly ExitClass[] = [
  'missing_command',
  'missing_dependency',
  'missing_file',
  'bad_code',
  'missing_secret',
  'wrong_runtime',
  'not_a_server',
]

/**
 * An error in the program itself, which no class names: met twice alike before it ever answered, it is no accident.
 */
const PROGRAM_ERROR =
  /^(?:[\w.]*\.)?(?:TypeError|ReferenceError|AttributeError|NameError|UnboundLocalError)\b.*$/m

/** @param before how it ended the last time. `ended.detail` is a sentence already; what its class means is added. */
export function buildExit(
  ended: InstanceEnd,
  words: LastWords,
  phase: ExitPhase,
  before: Exit | null = null,
): Exit {
  const { evidence = null, ...end } = readCode(ended, words.evidence)
  const stderrTail = words.shown
  const found = classifyExit({ ...end, evidence, phase, stderr: words.evidence })
  if (found === null) return { ...end, class: null, fingerprint: null, hint: null, stderrTail }
  const told = tellAgain(found, words.evidence, end.detail, phase, before)
  const cause = refineCause(end.cause, told.kind, phase)
  return {
    ...end,
    cause,
    class: told.kind,
    fingerprint: told.fingerprint,
    detail: buildDetail(end.detail, told, end.cause),
    hint: findHint(end, told, stderrTail),
    stderrTail,
    ...(told.fingerprint === before?.fingerprint ? { inARow: (before.inARow ?? 1) + 1 } : {}),
  }
}

type Told = Classified & { readonly fingerprint: string }

function tellAgain(
  found: Classified,
  stderr: string,
  detail: string,
  phase: ExitPhase,
  before: Exit | null,
): Told {
  const error = found.kind === 'unknown' ? PROGRAM_ERROR.exec(stderr)?.[0] : undefined
  const message = found.text?.words ?? error ?? detail
  const fingerprint = buildFingerprint(found.kind, message)
  if (error === undefined || phase === 'serving') return { ...found, fingerprint }
  const isKnown = [fingerprint, buildFingerprint('bad_code', message)].includes(before?.fingerprint ?? '')
  if (!isKnown) return { ...found, fingerprint }
  return { kind: 'bad_code', text: null, fingerprint: buildFingerprint('bad_code', message) }
}

function refineCause(cause: ExitCause, kind: ExitClass, phase: ExitPhase): ExitCause {
  if (kind === 'out_of_memory') return 'out_of_memory'
  return cause === 'exited' && phase === 'starting' && NEVER_UP.includes(kind) ? 'init_failed' : cause
}

/** Causes whose sentence says too little without what the class means. */
const BARE: readonly ExitCause[] = ['exited', 'signalled']

/** `It ended by itself with code 1: the module httpx is not installed.` */
function buildDetail(sentence: string, { kind, text }: Classified, cause: ExitCause): string {
  if (!BARE.includes(cause) || kind === 'unknown' || kind === 'killed_externally') return sentence
  const what = (text?.kind === kind ? text.what : null) ?? EXIT_ADVICE[kind].means
  return `${sentence.replace(/\.$/, '')}: ${what}.`
}

/**
 * 126 and 127 are the launcher's only when it says so: a program that ends with them at once, for example bash
 * without its script, looks the same to a backend that saw nothing in between.
 */
function readCode(end: InstanceEnd, stderr: string): InstanceEnd {
  const launchers = end.cause === 'init_failed' && (end.code === 126 || end.code === 127)
  if (!launchers || LAUNCHER_COMPLAINT.test(stderr)) return end
  return { ...end, cause: 'exited', detail: `It ended by itself with code ${end.code}.`, hint: null }
}

/** What stderr names comes before what the backend knows, and that before what the class alone suggests. */
function findHint(
  end: Omit<InstanceEnd, 'evidence'>,
  { kind, text }: Classified,
  stderrTail: string,
): string {
  if (text !== null && text.hint !== null) return text.hint
  if (end.hint !== null) return end.hint
  if (kind !== 'unknown' && kind !== 'native_crash' && kind !== 'start_timeout') return EXIT_ADVICE[kind].fix
  const read =
    stderrTail.trim() === ''
      ? 'It wrote nothing to stderr; what came on stdout is in its log.'
      : 'Its last lines of stderr tell more.'
  return kind === 'unknown'
    ? `${read} A server has to keep running and answer on standard input and output.`
    : `${read} ${EXIT_ADVICE[kind].fix}`
}

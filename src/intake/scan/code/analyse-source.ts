/** One source file → what the rules see in it, with the code inside its strings that it would run. */
import type { RawFinding } from '../raw-finding.ts'
import { CODE_RULES } from '../rules/all.ts'
import { obfuscation } from '../rules/obfuscation.ts'
import { DOUBTFUL, type CodeRule, type Match } from '../rules/rule.ts'
import type { Language, ScannedFile } from '../scanned-file.ts'
import { evaluateJavascript } from './javascript/evaluate-javascript.ts'
import { evaluatePython } from './python/evaluate-python.ts'
import { evaluateShell } from './shell/evaluate-shell.ts'
import { OutOfTime } from './evaluation.ts'
import type { Fact, SourceFacts, StringFact } from './facts.ts'
import { needsReading } from './needs-reading.ts'
import type { SourceParser } from './syntax.ts'
import { constantOf, FROM, has, HOLE, UNKNOWN } from './value.ts'

const PARSE_MS = 4000
const UNREADABLE = 'Code stands in a string that is too long, or too deep in other strings, to be read.'
/** Code in a string in code in a string … */
const MAX_NESTING = 3
const MAX_NESTED_CHARACTERS = 200_000
/** The rules are quadratic in some of them; a file with more is not looked into, and says so. */
const MAX_FACTS = 200_000

/** Which member of it is looked up may be known once calls have told. */
const MODULE =
  /^(?:process|globalThis|global|window|require|module|child_process|fs|https?|axios|net|os|vm|builtins|subprocess|\?|sys\.modules)$/

/** Where none of these is, it does not matter where values come from. */
const REACHES_OUT: ReadonlySet<Fact['role']> = new Set([
  'eval',
  'shell',
  'spawn',
  'send',
  'write',
  'delete',
  'load',
])

const EVALUATORS = {
  python: evaluatePython,
  javascript: evaluateJavascript,
  typescript: evaluateJavascript,
  tsx: evaluateJavascript,
  bash: evaluateShell,
} as const

type Found = { readonly rule: CodeRule; readonly match: Match }

/** Null when it took too long or was too deep to be looked at. */
export function analyseFile(parser: SourceParser, file: ScannedFile): RawFinding[] | null {
  if (file.text === null || file.language === null || !needsReading(file.language, file.text)) return []
  const found = analyse(parser, file.language, file.path, file.text, 0)
  return found === null ? null : found.map((each) => buildFinding(each, file))
}

/** A command line that stands in a manifest; reported at `line` of it. */
export function analyseCommand(
  parser: SourceParser,
  command: string,
  at: { readonly path: string; readonly line: number | null; readonly isInstall: boolean },
): RawFinding[] {
  const path = at.isInstall ? `${at.path}#setup.py` : at.path
  return (analyse(parser, 'bash', path, command, 1) ?? []).map(({ rule, match }) => ({
    ruleId: rule.id,
    severity: match.severity,
    confidence: match.confidence,
    file: at.path,
    line: at.line,
    reason: match.reason ?? rule.reason,
    fix: rule.fix,
    cwe: rule.cwe,
    evidence: command,
  }))
}

function analyse(
  parser: SourceParser,
  language: Language,
  path: string,
  text: string,
  depth: number,
): Found[] | null {
  const source = collectFacts(parser, language, path, text)
  if (source === null) return null
  const found = CODE_RULES.flatMap((rule) => rule.check(source).map((match): Found => ({ rule, match })))
  for (const { code, inner, at } of listNested(source)) {
    if (depth >= MAX_NESTING || code.length > MAX_NESTED_CHARACTERS) {
      found.push({ rule: obfuscation, match: { ...DOUBTFUL, at, reason: UNREADABLE } })
      continue
    }
    const nested = analyse(parser, inner, path, code, depth + 1) ?? []
    found.push(...nested.map(({ rule, match }) => ({ rule, match: { ...match, at } })))
  }
  return unique(isMinified(text) ? found.map(doubt) : found)
}

const LONG_LINE = 5000

/** One letter stands for many things there, and what flows into what is less sure: a person looks at it. */
function doubt({ rule, match }: Found): Found {
  return match.severity === 'critical' ? { rule, match: { ...match, confidence: 'medium' } } : { rule, match }
}

function isMinified(text: string): boolean {
  if (text.length < LONG_LINE) return false
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    if ((end < 0 ? text.length : end) - at > LONG_LINE) return true
    if (end < 0) return false
    at = end + 1
  }
  return false
}

function collectFacts(
  parser: SourceParser,
  language: Language,
  path: string,
  text: string,
): SourceFacts | null {
  const facts: Fact[] = []
  const strings: StringFact[] = []
  const identifiers = new Map<string, number>()
  const names = new Set<string>()
  const sink = {
    add(fact: Fact) {
      if (facts.length >= MAX_FACTS) throw new OutOfTime()
      facts.push(fact)
    },
    addString: (fact: StringFact) => void strings.push(fact),
    clear() {
      facts.length = 0
      strings.length = 0
    },
    needsOrigins: () =>
      facts.some(
        ({ role, name, args }) =>
          REACHES_OUT.has(role) || (role === 'lookup' && MODULE.test(name) && args[0]?.text === null),
      ),
    addVariable: (name: string) => void names.add(name),
    addIdentifier: (name: string) => void identifiers.set(name, (identifiers.get(name) ?? 0) + 1),
  }
  try {
    // A carriage return alone ends Python's comments as well.
    const lines = language === 'python' ? text.replaceAll(/\r(?!\n)/g, '\n') : text
    const root = parser.parse(language, lines, PARSE_MS)
    if (root === null) return null
    EVALUATORS[language](root, lines, sink)
  } catch (error) {
    if (error instanceof OutOfTime || error instanceof RangeError) return null
    throw error
  }
  const isInstall = /(?:^|[/#])setup\.py$/.test(path)
  return { language, path, text, facts, strings, identifiers, names, isInstall }
}

type Nested = { readonly code: string; readonly inner: Language; readonly at: number }

function listNested({ facts, language }: SourceFacts): Nested[] {
  return facts.flatMap(({ role, name, args, at }): Nested[] => {
    if (role === 'spawn') return listSpawned(args, at, language)
    const [code] = args
    const text = code?.text ?? null
    if (code === undefined || text === null || text.trim() === '') return []
    if (role === 'shell') return [{ code: text.replaceAll(HOLE, '"$x"'), inner: 'bash', at }]
    if (role !== 'eval' || constantOf(code) === null) return []
    if (name.startsWith('sh:')) return [{ code: text, inner: languageOf(name.slice(3)), at }]
    return [{ code: text, inner: language, at }]
  })
}

/** ['bash', '-c', '…'] and ['python', '-c', '…'] */
function listSpawned(args: Fact['args'], at: number, language: Language): Nested[] {
  if (language === 'bash') return []
  const words = args.flatMap((arg) => arg.items ?? [arg])
  const flag = words.findIndex(({ text }) => /^(?:-c|-e|\/c|--eval|-lc|-ic)$/.test(text ?? ''))
  const program = (words[0]?.text ?? '').replace(/^.*\//, '')
  if (flag < 0) {
    const line = words.map(({ text }) => (text === null || text === '' ? '"$x"' : quote(text))).join(' ')
    return program === '' || program.includes(HOLE) ? [] : [{ code: line, inner: 'bash', at }]
  }
  const code = words[flag + 1]?.text ?? ''
  const isPlain = !has(words[flag + 1] ?? UNKNOWN, FROM.argument)
  return code === '' || !isPlain
    ? []
    : [{ code: code.replaceAll(HOLE, '"$x"'), inner: languageOf(program), at }]
}

function quote(word: string): string {
  if (word.includes(HOLE)) return '"$x"'
  return /^[\w./:=@~,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function languageOf(program: string): Language {
  if (program.startsWith('python')) return 'python'
  return /^(?:node|deno|bun)/.test(program) ? 'javascript' : 'bash'
}

/** The same thing seen at the same place twice is one. */
function unique(found: readonly Found[]): Found[] {
  const kept = new Map<string, Found>()
  for (const each of found) {
    const key = `${each.rule.id} ${each.match.at}`
    const known = kept.get(key)
    if (known === undefined || rank(each) < rank(known)) kept.set(key, each)
  }
  return [...kept.values()]
}

const ORDER = ['critical', 'high', 'medium', 'low', 'info']
function rank({ match }: Found): number {
  return ORDER.indexOf(match.severity) * 3 + ['high', 'medium', 'low'].indexOf(match.confidence)
}

function buildFinding({ rule, match }: Found, file: ScannedFile): RawFinding {
  const text = file.text ?? ''
  const start = text.lastIndexOf('\n', match.at) + 1
  const end = text.indexOf('\n', match.at)
  return {
    ruleId: rule.id,
    severity: match.severity,
    confidence: match.confidence,
    file: file.path,
    line: file.lineAt(match.at),
    reason: match.reason ?? rule.reason,
    fix: rule.fix,
    cwe: rule.cwe,
    evidence: text.slice(start, Math.min(end < 0 ? text.length : end, start + 500)),
  }
}

/** Whether a file can do anything that a rule speaks of: most files of a library name nothing that reaches outside. */
import type { Language } from '../scanned-file.ts'

/**
 * Whatever runs, leaves or stays has to be reached by one of these words, however it is hidden afterwards: a hidden name
 * needs `require`, `getattr`, `globalThis` or their like. Shell is always read.
 */
const PYTHON =
  /exec|eval|compile|import_module|__|getattr|globals|locals|\bvars\b|builtins|\bos\b|posix|subprocess|asyncio|\bpty\b|socket|requests|https?|aiohttp|urllib|smtp|ftp|paramiko|websock|\bopen\b|shutil|[Pp]ath\b|pickle|marshal|yaml|ctypes|mmap|pynput|keyboard|runpy|\bcode\b|dns|winreg|bcc|commands|operator|timeit|profile|pdb|curl|wget|xmrig|stratum|\btool\b|fastmcp|\bmcp\b|[^\x00-\x7F]/i
/** A word as a name: in prose another word follows on the same line, which no expression of the language allows. */
const USED = String.raw`\b(?![ \t]+(?!as\b|satisfies\b|in\b|of\b|instanceof\b|is\b)[A-Za-z])`
const JAVASCRIPT = new RegExp(
  [
    String.raw`\b(?:eval|Function|require|process|fetch|globalThis|global|window|self|Deno|Bun|Reflect)${USED}`,
    String.raw`\bimport\s*\(|child_process|XMLHttpRequest|WebSocket|sendBeacon|\.constructor\b|Worker`,
    // A member by its name, as `x['constructor']`, and no list of words.
    String.raw`[\w$)\]'"\`}.!/]\s*\[\s*['"\`]`,
    String.raw`(?:from|import)\s*['"](?:node:)?(?:fs|net|tls|https?|http2|dgram|dns|vm|os|module|child_process|worker_threads|cluster|v8|inspector|repl|axios|got|ws|undici|node-fetch|cross-fetch|ky|execa|shelljs|nodemailer|superagent|needle|request)\b`,
    String.raw`\.exec\(|spawn|sendMail|bcc|atob|fromCharCode|_0x|\\x[0-9a-f]{2}|\\u(?:00|\{)|stratum|xmrig|registerTool|\.tool\(|addTool|setRequestHandler|inputSchema|__proto__|\.prototype\.`,
    // What the rule for hidden characters looks for.
    String.raw`[\u202A-\u202E\u2066-\u2069]|\uDB40|[\uFE00-\uFE0F]{4}|[\u200B-\u200D\u2060-\u2064\uFEFF]{3}`,
    String.raw`[\w$][\u0370-\u04FF]|[\u0370-\u04FF][\w$]`,
  ].join('|'),
)

const RUN = 200
const BRACKET = new Set('[]()!+')

/** JSFuck and its kin, code of brackets and signs alone: where so many stand in a row; -1 for nowhere. */
export function findBrackets(text: string): number {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!BRACKET.has(text.charAt(at))) continue
    let start = at
    while (start > 0 && BRACKET.has(text.charAt(start - 1))) start--
    let end = at + 1
    while (end < text.length && BRACKET.has(text.charAt(end))) end++
    if (end - start >= RUN) return start
    at = end
  }
  return -1
}

/** Python reads its source in the encoding that it names (PEP 263): in some the letters seen are not those that run. */
const COOKIE = /^(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/
const ENCODINGS =
  /^(?:utf-?8(?:-?sig)?|(?:us-)?ascii|latin-?1|iso-?8859-?\d*|cp-?\d+|windows-\d+|koi8-[ru]|euc-?(?:jp|kr|cn)|(?:shift-?)?s?jis|gbk?|gb2312|gb18030|big5|iso-2022-\w+|mac-?\w+)(?:-unix|-dos)?$/i

export function hasStrangeEncoding(text: string): boolean {
  const named = COOKIE.exec(text.slice(0, 1000))?.[1]
  return named !== undefined && !ENCODINGS.test(named.replaceAll('_', '-'))
}

export function needsReading(language: Language, text: string): boolean {
  if (language === 'bash') return true
  if (language === 'python' && hasStrangeEncoding(text)) return true
  return (language === 'python' ? PYTHON : JAVASCRIPT).test(text) || findBrackets(text) >= 0
}

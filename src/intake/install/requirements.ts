/** requirements.txt as it is given to pip: without what names other package sources or builds the project itself. */

export type Requirements = {
  /** Lines for the file that the job reads. */
  readonly lines: readonly string[]
  /** Names files, repositories or addresses: what comes out depends on more than these lines. */
  readonly local: boolean
  readonly notices: readonly string[]
}

const SOURCE_OPTION =
  /^(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index|--trusted-host)(?:[\s=]|$)/
const PROJECT_ITSELF = /^(?:(?:-e|--editable)[\s=]+)?\.(?:\/|\[[^\]]*\])?$/
/**
 * The options that are passed on. By name, since pip takes any prefix (`--no-bin`): the others would let package code
 * run (`--no-binary`) or name sources.
 */
const KEPT_OPTION =
  /^(?:-[erc]|--(?:editable|requirement|constraint)[\s=]|--(?:pre|prefer-binary|require-hashes)$)/
/** These change what is chosen, but only by their own text. */
const FLAG = /^--(?:pre|prefer-binary|require-hashes)$/
/** Where pip ends a line (Python's str.splitlines): an option behind a vertical tab is one to it. */
const LINE_END = /\r\n|[\n\r\v\f\x1C-\x1E\x85\u2028\u2029]/
const ARCHIVE_FILE = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz)(?!\w)/i

/** A project's name with its versions: pip takes everything else for a file, a directory or an address. */
function isNamed(line: string): boolean {
  const requirement = line.split(/;|\s--/, 1)[0] ?? ''
  return /^[A-Za-z0-9]/.test(requirement) && !/[@/\\:$]/.test(requirement) && !ARCHIVE_FILE.test(requirement)
}

/** `-r` and `-c` with one plain path. In quotes, as a URL or with more behind it, pip would read a file that nobody judged. */
const PLAIN_FILE = /^(?:-[rc]|--(?:requirement|constraint))[\s=]*[^\s"'\\:$=-][^\s"'\\:$]*$/
const FILE_OPTION = /^(?:-[rc]|--(?:requirement|constraint))/
const HASH = /^--hash[=\s]\s*[\w:]+$/

/** One judged as pip reads it: lines without comments, continued ones put together. */
export function splitRequirements(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(LINE_END)
    .map((raw) => raw.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** pip obeys an option behind a requirement while it reads the line (`x --no-binary=:all:`): hashes alone are let through. */
function takeOptions(line: string): { readonly line: string; readonly left: readonly string[] } {
  const [start = '', ...options] = line.split(/\s+(?=--?[A-Za-z])/)
  const isKept = (option: string) => HASH.test(option)
  return {
    line: [start, ...options.filter(isKept)].join(' '),
    left: options.filter((option) => !isKept(option)),
  }
}

export function parseRequirements(text: string): Requirements {
  const lines: string[] = []
  const notices: string[] = []
  let local = false
  const leaveOut = (what: string, why: string) =>
    notices.push(`requirements.txt: "${what.slice(0, 100)}" is left out; ${why}`)
  for (const line of splitRequirements(text)) {
    if (SOURCE_OPTION.test(line)) leaveOut(line, "packages come from the operator's sources")
    else if (PROJECT_ITSELF.test(line)) leaveOut(line, 'the project itself is importable as it lies')
    else if (FILE_OPTION.test(line) && !PLAIN_FILE.test(line)) leaveOut(line, 'name one file of the archive')
    else if (line.startsWith('-') && !KEPT_OPTION.test(line))
      leaveOut(line, 'the platform does not pass it on')
    else {
      const taken = takeOptions(line)
      for (const option of taken.left) leaveOut(option, 'the platform does not pass it on')
      lines.push(taken.line)
      if (!isNamed(taken.line) && !FLAG.test(taken.line)) local = true
    }
  }
  return { lines, local, notices }
}

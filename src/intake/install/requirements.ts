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
const ARCHIVE_FILE = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz)(?!\w)/i

/** A project's name with its versions: pip takes everything else for a file, a directory or an address. */
function isNamed(line: string): boolean {
  const requirement = line.split(/;|\s--/, 1)[0] ?? ''
  return /^[A-Za-z0-9]/.test(requirement) && !/[@/\\:$]/.test(requirement) && !ARCHIVE_FILE.test(requirement)
}

export function parseRequirements(text: string): Requirements {
  const lines: string[] = []
  const notices: string[] = []
  let local = false
  for (const raw of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    if (line === '') continue
    if (SOURCE_OPTION.test(line)) {
      notices.push(
        `requirements.txt: "${line.slice(0, 100)}" is left out; packages come from the operator's sources`,
      )
    } else if (PROJECT_ITSELF.test(line)) {
      notices.push(`requirements.txt: "${line}" is left out; the project itself is importable as it lies`)
    } else if (line.startsWith('-') && !KEPT_OPTION.test(line)) {
      notices.push(`requirements.txt: "${line.slice(0, 100)}" is left out; the platform does not pass it on`)
    } else {
      lines.push(line)
      if (!isNamed(line) && !FLAG.test(line)) local = true
    }
  }
  return { lines, local, notices }
}

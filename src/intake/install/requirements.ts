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
const LOCAL =
  /^(?:-[ercR]|--(?:editable|requirement|constraint))|^\.{0,2}\/|(?:^|@\s*)(?:file:|git\+|hg\+|svn\+|bzr\+|https?:)/

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
    } else {
      lines.push(line)
      if (LOCAL.test(line)) local = true
    }
  }
  return { lines, local, notices }
}

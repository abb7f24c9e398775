/** The command as the version keeps it, once it is known what was installed. */
import { stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { AppError } from '../../domain/error.ts'
import type { Detected } from '../detect/detect-server.ts'
import { toAppPath } from '../detect/start-command.ts'

const VENV_PYTHON = '.venv/bin/python'

/**
 * @param appDir the installed tree
 * @param hasVenv whether this installation made /app/.venv; one that the archive brings is not used
 * Throws AppError `command_not_found`.
 */
export async function buildFinalCommand(
  detected: Detected,
  appDir: string,
  hasVenv: boolean,
): Promise<readonly string[]> {
  const { start, pythonPath } = detected
  const isThere = async (path: string) =>
    (await stat(join(appDir, path)).catch(() => null))?.isFile() === true
  if (start.installedProgram) {
    const [word = '', ...args] = start.command
    const path = start.runtime === 'python' ? `.venv/bin/${word}` : `node_modules/.bin/${word}`
    if (await isThere(path)) {
      return [start.runtime === 'python' ? `/app/${VENV_PYTHON}` : 'node', `/app/${path}`, ...args]
    }
    throw new AppError('command_not_found', `No installed package brings the program ${JSON.stringify(word)}`)
  }
  if (start.runtime !== 'python') return start.command
  return buildPythonCommand(start.command.slice(1), hasVenv ? `/app/${VENV_PYTHON}` : 'python3', pythonPath)
}

/**
 * Unbuffered, since a server's stdout is a pipe that Python would fill before it writes. A bundle's import path is
 * set in the program text: as a variable it would be refused, since it changes what is loaded.
 */
export function buildPythonCommand(
  args: readonly string[],
  python: string,
  pythonPath: readonly string[],
): readonly string[] {
  const [first = '', ...rest] = args
  if (pythonPath.length === 0) return [python, ...(first === '-u' ? [] : ['-u']), ...args]
  const paths = JSON.stringify(pythonPath)
  if (first === '-m') {
    const code = `import runpy, sys; sys.path[1:1] = ${paths}; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)`
    return [python, '-u', '-c', code, ...rest]
  }
  const file = toAppPath(first)
  if (first.startsWith('-') || file === null) return [python, '-u', ...args]
  const full = posix.join('/app', file)
  const search = JSON.stringify([posix.dirname(full), ...pythonPath])
  const code = `import runpy, sys; sys.path[0:1] = ${search}; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')`
  return [python, '-u', '-c', code, full, ...rest]
}

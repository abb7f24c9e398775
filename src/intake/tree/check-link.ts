import { posix } from 'node:path'

const VENV_PYTHON = /^\.venv\/bin\/python[0-9.]*$/
const SYSTEM_PYTHON = /^\/usr\/bin\/python[0-9.]*$/

/**
 * Why a link may not be part of a version, or null. Package managers make links inside the tree; a virtual
 * environment's interpreter is the one that leads out, to the system's Python, which the sandbox shows read-only.
 * @param path of the link, relative to the tree, which is /app at run time
 */
export function checkLink(path: string, target: string): string | null {
  if (VENV_PYTHON.test(path) && SYSTEM_PYTHON.test(target)) return null
  const full = posix.resolve('/app', posix.dirname(path), target)
  return full === '/app' || full.startsWith('/app/') ? null : 'leads out of the tree'
}

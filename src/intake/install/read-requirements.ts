/** requirements.txt with the files that it includes in their place, so that all their lines are judged alike. */
import { posix } from 'node:path'
import { AppError } from '../../domain/error.ts'
import type { AppTree } from '../detect/app-tree.ts'
import { parseRequirements, splitRequirements } from './requirements.ts'

const INCLUDE = /^(?:-r|--requirement)[\s=]*(\S+)$/
const CONSTRAINT = /^(?:-c|--constraint)[\s=]*(\S+)$/
const MAX_FILES = 32

/**
 * Null when there is no such file. A file that is not in the archive stays a line, which pip then complains about.
 * Throws AppError `install_failed` for a file of constraints with options, which pip would obey.
 */
export async function readRequirements(
  tree: AppTree,
  path: string,
  seen: Set<string> = new Set(),
): Promise<string | null> {
  const text = await tree.read(path)
  if (text === null) return null
  seen.add(path)
  const lines: string[] = []
  for (const line of splitRequirements(text)) {
    const inside = (name: string) => posix.relative('/app', posix.resolve('/app', posix.dirname(path), name))
    const included = INCLUDE.exec(line)?.[1]
    const constraint = CONSTRAINT.exec(line)?.[1]
    if (included !== undefined && tree.has(inside(included))) {
      // Each once: pip would take a circle for an error too.
      if (seen.has(inside(included))) continue
      if (seen.size === MAX_FILES) throw new AppError('install_failed', `${path} includes too many files`)
      lines.push((await readRequirements(tree, inside(included), seen)) ?? '')
    } else if (constraint !== undefined && tree.has(inside(constraint))) {
      await assertNoOptions(tree, inside(constraint))
      // pip would look for it beside the file that it now reads.
      lines.push(`-c ${inside(constraint)}`)
    } else lines.push(line)
  }
  return lines.join('\n')
}

async function assertNoOptions(tree: AppTree, path: string): Promise<void> {
  const { lines, notices } = parseRequirements((await tree.read(path)) ?? '')
  if (notices.length === 0 && !lines.some((line) => line.startsWith('-'))) return
  throw new AppError('install_failed', `${path} holds options, and constraints may not`, {
    hint: `Take the lines that begin with - out of ${path}.`,
  })
}

/** Writes a client's own file: the state before ours is kept beside it, and comes back with `client remove`. */
import { lstat, mkdir, readFile, realpath, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { writeFileDurable } from '../../system/files.ts'
import { addEntry, hasEntry, removeEntry, type Snippet } from './edit-text.ts'

const MAX_BYTES = 4 * 1024 * 1024

export type FileChange = {
  /** What is written to: where a link leads. */
  readonly path: string
  readonly before: string | null
  /** Null: the file goes. */
  readonly after: string | null
  readonly mode: number
  readonly backup: { readonly path: string; readonly do: 'write' | 'remove' | 'keep' }
}

export async function planAdd(path: string, snippet: Snippet, name: string): Promise<FileChange> {
  const file = await readOwn(path)
  const after = addEntry(file.text, snippet)
  const isOurs = file.text !== null && hasEntry(file.text, snippet)
  // What was there before an entry of this name is the state to come back to.
  const keeps = file.text === null || isOurs
  return {
    path: file.path,
    before: file.text,
    after,
    mode: file.mode,
    backup: { path: backupOf(file.path, name), do: keeps ? 'keep' : 'write' },
  }
}

export async function planRemove(path: string, snippet: Snippet, name: string): Promise<FileChange> {
  const { text, mode, path: real } = await readOwn(path)
  if (text === null || !hasEntry(text, snippet)) {
    throw new AppError('usage', `${path} has no entry "${name}"`, { hint: 'Nothing was changed.' })
  }
  const kept = backupOf(real, name)
  const backup = await readFile(kept, 'utf8').catch(() => null)
  // Whatever else is in the file by now stays: the old state comes back whole only if nothing but ours came since.
  const isOnlyOurs = sameBut(backup, text, snippet)
  return {
    path: real,
    before: text,
    after: isOnlyOurs ? backup : removeEntry(text, snippet),
    mode,
    backup: { path: kept, do: backup === null ? 'keep' : 'remove' },
  }
}

export async function applyChange({ path, before, after, mode, backup }: FileChange): Promise<void> {
  if (backup.do === 'write' && before !== null) await writeFileDurable(backup.path, before, 0o600)
  if (after === null) await unlink(path)
  else {
    await mkdir(dirname(path), { recursive: true })
    await writeFileDurable(path, after, mode)
  }
  if (backup.do === 'remove') await unlink(backup.path)
}

/** Does `text` differ from `before` in nothing but an entry of this name, whatever stands in it? */
function sameBut(before: string | null, text: string, snippet: Snippet): boolean {
  if (snippet.format === 'yaml') return true
  const without = (whole: string | null) => (whole === null ? null : removeEntry(whole, snippet))
  const bare = before === null ? without(addEntry(null, snippet)) : without(addEntry(before, snippet))
  return bare === without(text)
}

async function readOwn(path: string) {
  const real = await realpath(path).catch(() => path)
  const found = await lstat(real).catch(() => null)
  // Tokens may stand in it: a new one is its owner's alone.
  if (found === null) return { path: real, text: null, mode: 0o600 }
  if (!found.isFile() || found.size > MAX_BYTES) {
    throw new AppError('usage', `${path} is no file that a client could have written`)
  }
  return { path: real, text: await readFile(real, 'utf8'), mode: found.mode & 0o777 }
}

function backupOf(path: string, name: string): string {
  return `${path}.before-${name}`
}

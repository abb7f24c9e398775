/** What a client's file says with an entry of ours in it, and without. Pure; everything else in it stays as it is. */
import { applyEdits, modify, parse as parseJsonc, parseTree, type ParseError } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'

/** As GET …/clients gives it: the entry as a file of its own, and where in it the entry lies. */
export type Snippet = {
  readonly format: 'json' | 'toml' | 'yaml'
  readonly at: readonly string[]
  readonly text: string
}

const FORMATTING = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } }

/** @param current the file; null: there is none. Throws `usage` for a file that is not what its client could read. */
export function addEntry(current: string | null, snippet: Snippet): string {
  const { format, at, text } = snippet
  if (current === null || current.trim() === '' || format === 'yaml') return text
  if (format === 'toml') return addToml(current, at, text)
  assertJsonc(current)
  const given = parseJsonc(text) as JsonObject
  let next = setAt(current, at, readAt(given, at))
  for (const [key, items] of listBeside(given, at)) {
    const kept = (readAt(parseJsonc(next) as JsonObject, [key]) ?? []) as readonly Json[]
    next = setAt(
      next,
      [key],
      [...kept.filter((item) => !items.some((mine) => idOf(mine) === idOf(item))), ...items],
    )
  }
  return next
}

/** Null: nothing of the file is left, since only ours was in it. */
export function removeEntry(current: string, snippet: Snippet): string | null {
  const { format, at, text } = snippet
  if (format === 'yaml') return null
  if (format === 'toml') return cutToml(current, at)
  assertJsonc(current)
  let next = setAt(current, at, undefined)
  for (const [key, items] of listBeside(parseJsonc(text) as JsonObject, at)) {
    const kept = readAt(parseJsonc(next) as JsonObject, [key])
    if (!Array.isArray(kept)) continue
    next = setAt(
      next,
      [key],
      kept.filter((item: Json) => !items.some((mine) => idOf(mine) === idOf(item))),
    )
  }
  return next
}

/** Is there an entry of this name? */
export function hasEntry(current: string, { format, at }: Snippet): boolean {
  if (format === 'yaml') return true
  return (
    readAt((format === 'toml' ? parseTomlText(current) : parseJsonc(current)) as JsonObject, at) !== undefined
  )
}

/** What differs, as lines: it is one place in a file. */
export function renderDifference(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  const most = Math.min(old.length, now.length) - start
  while (end < most && old.at(-1 - end) === now.at(-1 - end)) end++
  return [
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...now.slice(start, now.length - end).map((line) => `+ ${line}`),
  ]
}

function setAt(text: string, at: readonly string[], value: Json | undefined): string {
  return applyEdits(text, modify(text, [...at], value, FORMATTING))
}

function readAt(value: JsonObject, at: readonly string[]): Json | undefined {
  let found: Json | undefined = value
  for (const key of at) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

/** Lists that the client wants beside the entry, as VS Code its inputs. */
function listBeside(
  given: JsonObject,
  at: readonly string[],
): readonly (readonly [string, readonly Json[]])[] {
  return Object.entries(given).flatMap(([key, value]) =>
    key !== at[0] && Array.isArray(value) ? [[key, value as readonly Json[]] as const] : [],
  )
}

const idOf = (item: Json) => (isJsonObject(item) ? item['id'] : item)

function assertJsonc(text: string): void {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  if (errors.length > 0 || tree?.type !== 'object') throw buildUnreadable('JSON')
}

function parseTomlText(text: string): unknown {
  try {
    return parseToml(text)
  } catch {
    throw buildUnreadable('TOML')
  }
}

function addToml(current: string, at: readonly string[], text: string): string {
  parseTomlText(current)
  const rest = cutToml(current, at)
  const joined = rest === null ? text : `${rest.replace(/\n*$/, '\n\n')}${text}`
  // It may be written in a form that is not cut here, as an inline table; then both would be there.
  parseTomlText(joined)
  return joined
}

/** The table of the entry and those below it, to the next table of another. */
function cutToml(current: string, at: readonly string[]): string | null {
  const own = at.join('.')
  let isOurs = false
  const kept = current.split('\n').filter((line) => {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1]?.replaceAll(/["'\s]/g, '')
    if (header !== undefined) isOurs = header === own || header.startsWith(`${own}.`)
    return !isOurs
  })
  const text = kept.join('\n').replace(/\n*$/, '\n')
  return text.trim() === '' ? null : text
}

function buildUnreadable(what: string): AppError {
  return new AppError('usage', `the file is not ${what}; nothing was changed`, {
    hint: 'Mend it, or paste what haivemind client show prints.',
  })
}

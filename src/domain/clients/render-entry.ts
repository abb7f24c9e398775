/** A client's entry as text to paste: the whole of a file that holds nothing else. */
import type { Json, JsonObject } from '../json.ts'
import type { ClientFile } from './client.ts'

export function renderFile({ format, at, entry, beside }: ClientFile): string {
  if (format === 'toml') return `[${at.join('.')}]\n${renderTomlFields(entry)}`
  if (format === 'yaml') return renderYaml(entry)
  const parts = [{ at, value: entry }, ...(beside ?? []).map((more) => ({ ...more, value: [more.value] }))]
  let whole: JsonObject = {}
  for (const part of parts) whole = { ...whole, ...nest(part.at, part.value) }
  return `${JSON.stringify(whole, null, 2)}\n`
}

function nest(at: readonly string[], value: Json): JsonObject {
  const [first = '', ...rest] = at
  return { [first]: rest.length === 0 ? value : nest(rest, value) }
}

/** Texts alone, which is all that entries hold; JSON's quotes are TOML's basic strings. */
function renderTomlFields(entry: JsonObject): string {
  return Object.entries(entry)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join('')
}

/** A file of one server, as Continue reads them. YAML takes JSON's strings as they are. */
function renderYaml(entry: JsonObject): string {
  const lines = ['name: hAIveMind Hosting', 'version: 0.0.1', 'schema: v1', 'mcpServers:']
  const render = (value: JsonObject, indent: string, first: string): void => {
    Object.entries(value).forEach(([key, item], at) => {
      const start = at === 0 ? first : indent
      const isNested = typeof item === 'object' && item !== null && !Array.isArray(item)
      lines.push(`${start}${key}:${isNested ? '' : ` ${JSON.stringify(item)}`}`)
      if (isNested) render(item as JsonObject, `${indent}  `, `${indent}  `)
    })
  }
  render(entry, '    ', '  - ')
  return `${lines.join('\n')}\n`
}

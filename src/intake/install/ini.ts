/** The little that .npmrc and pip.conf have in common: sections, key = value, indented lines that go on. */

/** Section → key → value; keys before any section are under ''. Later values win. */
export function parseIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  sections.set('', section)
  let key: string | null = null
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    const header = /^\[([^\]]+)\]\s*$/.exec(line)?.[1]
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>()
      sections.set(header, section)
      key = null
    } else if (/^\s/.test(line) && key !== null) {
      section.set(key, `${section.get(key) ?? ''} ${line.trim()}`.trim())
    } else {
      const equals = line.indexOf('=')
      key = (equals === -1 ? line : line.slice(0, equals)).trim()
      section.set(
        key,
        equals === -1
          ? 'true'
          : line
              .slice(equals + 1)
              .trim()
              .replace(/^"(.*)"$/, '$1'),
      )
    }
  }
  return sections
}

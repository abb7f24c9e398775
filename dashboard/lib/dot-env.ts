/** What a `.env` gives a server. */
export type Variable = { readonly name: string; readonly value: string; readonly isSecret: boolean }

const LOOKS_SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|API_?KEY|_KEY$|^KEY$/i

/** Quotes around a value go, `export` before a name goes, what is no assignment is left out; the last of a name counts. */
export function parseDotEnv(text: string): readonly Variable[] {
  const found = text.split('\n').flatMap((line): readonly Variable[] => {
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line.trim())
    if (match === null) return []
    const [, name = '', raw = ''] = match
    const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(raw)
    const value = quoted?.[2] ?? raw.replace(/\s+#.*$/, '')
    return [{ name, value, isSecret: LOOKS_SECRET.test(name) }]
  })
  return [...new Map(found.map((variable) => [variable.name, variable])).values()]
}

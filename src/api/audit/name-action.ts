/** What a route does, in the words of the audit log. */

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'set',
  PATCH: 'update',
  DELETE: 'delete',
}

/**
 * `POST /api/v1/servers/:name/stop` is `server.stop`, `DELETE …/secrets/:key` is `server.secret.delete`: the nouns in
 * the singular, then the verb that stands last in the path, else the method's.
 */
export function nameAction(method: string, path: string): string {
  const parts = listParts(path)
  const last = parts.at(-1) ?? ''
  const nouns = parts.filter((part) => !part.startsWith(':'))
  const isVerb = nouns.length > 1 && !last.startsWith(':') && !last.endsWith('s')
  const names = nouns.map((noun) => (isVerb && noun === last ? noun : toSingular(noun)))
  return [...names, ...(isVerb ? [] : [VERBS[method] ?? method.toLowerCase()])].join('.')
}

/** `server:weather`, `server:weather/secret:TOKEN`; null where the path names nothing. */
export function nameResource(path: string, params: Readonly<Record<string, string>>): string | null {
  const parts = listParts(path)
  const named = parts.flatMap((part, index) => {
    if (!part.startsWith(':')) return []
    return [`${toSingular(parts[index - 1] ?? '')}:${params[part.slice(1)] ?? ''}`]
  })
  return named.length === 0 ? null : named.join('/')
}

function listParts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== 'api' && part !== 'v1')
}

function toSingular(noun: string): string {
  return noun.endsWith('ies') ? `${noun.slice(0, -3)}y` : noun.replace(/s$/, '')
}

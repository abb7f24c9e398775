/** RFC 6570: which variables a template has, and what it becomes with their values. All four levels; values are text. */
type Operator = {
  readonly first: string
  readonly between: string
  readonly isNamed: boolean
  /** After the name of an empty value. */
  readonly ifEmpty: string
  readonly keepsReserved: boolean
}

const PLAIN: Operator = { first: '', between: ',', isNamed: false, ifEmpty: '', keepsReserved: false }
const OPERATORS: Readonly<Record<string, Operator>> = {
  '+': { ...PLAIN, keepsReserved: true },
  '#': { ...PLAIN, first: '#', keepsReserved: true },
  '.': { ...PLAIN, first: '.', between: '.' },
  '/': { ...PLAIN, first: '/', between: '/' },
  ';': { ...PLAIN, first: ';', between: ';', isNamed: true },
  '?': { ...PLAIN, first: '?', between: '&', isNamed: true, ifEmpty: '=' },
  '&': { ...PLAIN, first: '&', between: '&', isNamed: true, ifEmpty: '=' },
}

type Variable = { readonly name: string; readonly isExploded: boolean; readonly length: number | null }
type Part = string | { readonly operator: Operator; readonly variables: readonly Variable[] }

export type UriTemplate = {
  /** Each once, in the order of the text. */
  readonly variables: readonly string[]
  readonly expand: (values: Readonly<Record<string, string>>) => string
}

const VARIABLE = /^((?:[A-Za-z0-9_.]|%[0-9A-Fa-f]{2})+)(?:(\*)|:([1-9]\d{0,3}))?$/

/** Null for what is no template: its braces do not close, or what stands in them means nothing. */
export function parseUriTemplate(text: string): UriTemplate | null {
  const parts: Part[] = []
  let at = 0
  for (const found of text.matchAll(/\{([^{}]*)\}/g)) {
    const part = parseExpression(found[1] ?? '')
    if (part === null) return null
    parts.push(text.slice(at, found.index), part)
    at = found.index + found[0].length
  }
  parts.push(text.slice(at))
  if (parts.some((part) => typeof part === 'string' && /[{}]/.test(part))) return null
  const names = parts.flatMap((part) =>
    typeof part === 'string' ? [] : part.variables.map(({ name }) => name),
  )
  return {
    variables: [...new Set(names)],
    expand: (values) =>
      parts.map((part) => (typeof part === 'string' ? encode(part, true) : expand(part, values))).join(''),
  }
}

function parseExpression(text: string): Exclude<Part, string> | null {
  const operator = OPERATORS[text[0] ?? '']
  const listed = (operator === undefined ? text : text.slice(1)).split(',')
  const variables: Variable[] = []
  for (const one of listed) {
    const found = VARIABLE.exec(one)
    if (found === null) return null
    const [, name = '', star, length] = found
    variables.push({
      name,
      isExploded: star !== undefined,
      length: length === undefined ? null : Number(length),
    })
  }
  return { operator: operator ?? PLAIN, variables }
}

/** What has no value leaves no trace, and neither does an expression without any. */
function expand(
  { operator, variables }: Exclude<Part, string>,
  values: Readonly<Record<string, string>>,
): string {
  const { first, between, isNamed, ifEmpty, keepsReserved } = operator
  const pieces = variables.flatMap(({ name, isExploded, length }) => {
    const value = Object.hasOwn(values, name) ? values[name]! : ''
    if (value === '') return []
    const texts = isExploded ? value.split(',') : [value]
    return texts.map((text) => {
      const cut = length === null ? text : Array.from(text).slice(0, length).join('')
      const encoded = encode(cut, keepsReserved)
      if (!isNamed) return encoded
      return encoded === '' ? `${name}${ifEmpty}` : `${name}=${encoded}`
    })
  })
  return pieces.length === 0 ? '' : `${first}${pieces.join(between)}`
}

const RESERVED = /[:/?#[\]@!$&'()*+,;=]/

/** What is encoded already stays so where reserved characters may stand. */
function encode(text: string, keepsReserved: boolean): string {
  const pieces = keepsReserved ? text.split(/(%[0-9A-Fa-f]{2})/) : [text]
  return pieces
    .map((piece, index) => {
      if (index % 2 === 1) return piece
      return Array.from(piece)
        .map((char) => {
          if (/[A-Za-z0-9\-._~]/.test(char) || (keepsReserved && RESERVED.test(char))) return char
          const safe = char.isWellFormed() ? char : '\ufffd'
          return encodeURIComponent(safe).replaceAll(
            /[!'()*]/g,
            (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
          )
        })
        .join('')
    })
    .join('')
}

/** Whether a URI is one of a resource template's (RFC 6570), as far as it takes to know whose it is. */

const MAX_TEMPLATE = 1024
const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/g

/** What each operator's values may hold; reserved characters only where the operator lets them through. */
function renderExpression(operator: string): string {
  if (operator === '+' || operator === '#') return '.*'
  if (operator === '?' || operator === '&') return '(?:[?&][^#]*)?'
  return operator === '/' ? '[^?#]*' : '[^/?#]*'
}

/**
 * Expressions are matched from left to right without going back over what a `.*` took, since the template is a
 * stranger's: it is cut into its literals, which must come in order.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  if (template.length > MAX_TEMPLATE || !template.includes('{')) return template === uri
  const literals = template.split(EXPRESSION).filter((_, at) => at % 2 === 0)
  const operators = [...template.matchAll(EXPRESSION)].map(([, operator = '']) => operator)
  let position = 0
  for (const [at, literal] of literals.entries()) {
    const isLast = at === literals.length - 1
    const found = at === 0 ? 0 : isLast ? uri.length - literal.length : uri.indexOf(literal, position)
    if (found < position || !uri.startsWith(literal, found)) return false
    if (at > 0 && !isValue(operators[at - 1] ?? '', uri.slice(position, found))) return false
    position = found + literal.length
  }
  return position === uri.length
}

function isValue(operator: string, value: string): boolean {
  return new RegExp(`^${renderExpression(operator)}$`).test(value)
}

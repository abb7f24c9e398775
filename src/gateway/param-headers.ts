/** A stdio server never sees headers, so the gateway checks them against the tool's own declarations (R26, R27). */
import type { Json } from '../domain/json.ts'
import { readArgument, renderPrimitive, type ParamHeader } from '../domain/param-headers.ts'
import { buildMismatch, type Fault } from './fault.ts'
import { decodeHeaderValue } from './standard-headers.ts'

/** The first argument whose header is missing or unequal; null when all agree. Header names in lower case. */
export function findParamFault(
  declarations: readonly ParamHeader[],
  args: Json | undefined,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Fault | null {
  for (const declaration of declarations) {
    const expected = renderPrimitive(readArgument(args, declaration.path))
    if (expected === null) continue
    const header = headers[`mcp-param-${declaration.header.toLowerCase()}`]
    const shown = `Mcp-Param-${declaration.header}`
    if (typeof header !== 'string') return buildMismatch(`${shown} is missing`, '', expected)
    const decoded = decodeHeaderValue(header.trim())
    if (decoded === null) return buildMismatch(`${shown} is not valid base64 of UTF-8`, header, expected)
    if (decoded !== expected && !isSameNumber(declaration.type, decoded, expected)) {
      return buildMismatch(`${shown} differs from ${declaration.path.join('.')}`, header, expected)
    }
  }
  return null
}

const DECIMAL = /^-?\d+(\.\d+)?$/

/** 42.0 and 42 are the same integer (R26). */
function isSameNumber(type: string, left: string, right: string): boolean {
  if (type !== 'integer' && type !== 'number') return false
  return DECIMAL.test(left) && Number(left) === Number(right)
}

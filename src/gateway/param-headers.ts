/**
 * Arguments mirrored in `Mcp-Param-*` headers (R26–R28). A stdio server never sees headers, so the gateway checks
 * them against the tool's own `x-mcp-header` declarations.
 */
import { encodeHeaderValue } from '../domain/header-value.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { buildMismatch, type Fault } from './fault.ts'
import { decodeHeaderValue } from './standard-headers.ts'

export type ParamHeader = {
  readonly path: readonly string[]
  readonly header: string
  readonly type: string
}
export type HeaderScan =
  | { readonly kind: 'valid'; readonly declarations: readonly ParamHeader[] }
  | { readonly kind: 'invalid'; readonly reason: string }

const KEY = 'x-mcp-header'
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** `number` is not in the specification's list, but the official server checks its header too. */
const TYPES: ReadonlySet<string> = new Set(['string', 'integer', 'boolean', 'number'])
/** Nodes looked at in one schema; beyond, it is refused rather than walked. */
const MAX_NODES = 10_000

/** Declarations of a tool's `inputSchema`, or the first rule that they break. */
export function scanParamHeaders(inputSchema: Json | undefined): HeaderScan {
  const declarations: ParamHeader[] = []
  const seen = new Set<string>()
  const stack: { node: Json; path: readonly string[] | null }[] = [{ node: inputSchema ?? null, path: [] }]
  for (let visited = 0; stack.length > 0; visited++) {
    if (visited > MAX_NODES) return invalid(`the schema has more than ${MAX_NODES} nodes`)
    const { node, path } = stack.pop() as (typeof stack)[number]
    if (Array.isArray(node)) stack.push(...node.map((child: Json) => ({ node: child, path: null })))
    if (!isJsonObject(node)) continue
    if (Object.hasOwn(node, KEY)) {
      const declared = parseDeclaration(node, path)
      if (typeof declared === 'string') return invalid(declared)
      if (seen.has(declared.header.toLowerCase()))
        return invalid(`${KEY} ${declared.header} is declared twice`)
      seen.add(declared.header.toLowerCase())
      declarations.push(declared)
    }
    pushChildren(node, path, stack)
  }
  return { kind: 'valid', declarations }
}

/** Only a chain of `properties` reaches an argument; everywhere else a declaration is a fault. */
function pushChildren(
  node: JsonObject,
  path: readonly string[] | null,
  stack: { node: Json; path: readonly string[] | null }[],
): void {
  for (const [key, child] of Object.entries(node)) {
    if (key === 'properties' && isJsonObject(child)) {
      for (const [name, property] of Object.entries(child)) {
        stack.push({ node: property, path: path === null ? null : [...path, name] })
      }
    } else if (SUBSCHEMA_MAPS.has(key) && isJsonObject(child)) {
      for (const schema of Object.values(child)) stack.push({ node: schema, path: null })
    } else if (SUBSCHEMAS.has(key)) stack.push({ node: child, path: null })
  }
}

const SUBSCHEMA_MAPS: ReadonlySet<string> = new Set([
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
])
const SUBSCHEMAS: ReadonlySet<string> = new Set([
  'items',
  'prefixItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
])

function parseDeclaration(node: JsonObject, path: readonly string[] | null): ParamHeader | string {
  if (path === null || path.length === 0) return `${KEY} stands where no argument can be reached`
  const header = node[KEY]
  if (typeof header !== 'string' || !TOKEN.test(header))
    return `${path.join('.')}: ${KEY} is not a header name`
  const type = node['type']
  if (typeof type !== 'string' || !TYPES.has(type)) {
    return `${path.join('.')}: ${KEY} needs a property of type string, integer or boolean`
  }
  return { path, header, type }
}

function invalid(reason: string): HeaderScan {
  return { kind: 'invalid', reason }
}

/** The first argument whose header is missing or unequal; null when all agree. Header names in lower case. */
export function findParamFault(
  declarations: readonly ParamHeader[],
  args: Json | undefined,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Fault | null {
  for (const declaration of declarations) {
    const expected = renderPrimitive(readPath(args, declaration.path))
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

/** For a server that wants them: the arguments that it declares, as a client of 2026-07-28 mirrors them. */
export function buildParamHeaders(
  declarations: readonly ParamHeader[],
  args: Json | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { path, header } of declarations) {
    const value = renderPrimitive(readPath(args, path))
    if (value !== null) headers[`mcp-param-${header.toLowerCase()}`] = encodeHeaderValue(value)
  }
  return headers
}

function readPath(root: Json | undefined, path: readonly string[]): Json | undefined {
  let node = root
  for (const key of path) {
    if (!isJsonObject(node) || !Object.hasOwn(node, key)) return undefined
    node = node[key]
  }
  return node
}

/** Null where no header is expected: absent, null, or a value that no header can carry. */
function renderPrimitive(value: Json | undefined): string | null {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') return null
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : String(value)
}

const DECIMAL = /^-?\d+(\.\d+)?$/

/** 42.0 and 42 are the same integer (R26). */
function isSameNumber(type: string, left: string, right: string): boolean {
  if (type !== 'integer' && type !== 'number') return false
  return DECIMAL.test(left) && Number(left) === Number(right)
}

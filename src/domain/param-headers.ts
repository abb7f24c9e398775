/**
 * Arguments mirrored in `Mcp-Param-*` headers (2026-07-28): what a tool's `inputSchema` declares with `x-mcp-header`,
 * and what a call's headers then have to say (R26, R28).
 */
import { encodeHeaderValue } from './header-value.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

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

export function readArgument(root: Json | undefined, path: readonly string[]): Json | undefined {
  let node = root
  for (const key of path) {
    if (!isJsonObject(node) || !Object.hasOwn(node, key)) return undefined
    node = node[key]
  }
  return node
}

/** Null where no header is expected: absent, null, or a value that no header can carry. */
export function renderPrimitive(value: Json | undefined): string | null {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') return null
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : String(value)
}

/** For a server that wants them: the arguments that it declares, as a client of 2026-07-28 mirrors them. */
export function buildParamHeaders(
  declarations: readonly ParamHeader[],
  args: Json | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { path, header } of declarations) {
    const value = renderPrimitive(readArgument(args, path))
    if (value !== null) headers[`mcp-param-${header.toLowerCase()}`] = encodeHeaderValue(value)
  }
  return headers
}

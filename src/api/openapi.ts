import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../domain/error.ts'
import type { Route } from './route.ts'
import { problemSchema } from './schema/common.ts'

export type OpenApi = { readonly openapi: string; readonly [key: string]: unknown }

/** OpenAPI 3.1 from the very schemas that validate; what a route can answer with when it fails is one shape. */
export function buildOpenApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: buildOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hAIveMind Hosting',
      version,
      description: 'Hosts MCP servers. Errors are RFC 9457 problems with a stable code; see x-error-codes.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'hvm_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-haivemind',
          description: 'A signed-in browser; changes need the header X-Haivemind-CSRF: 1.',
        },
      },
      schemas: { Problem: toJsonSchema(problemSchema, 'output') },
    },
    'x-error-codes': Object.fromEntries(
      (Object.keys(ERRORS) as ErrorCode[]).map((code) => [code, ERRORS[code]]),
    ),
  }
}

function buildOperation(route: Route): Record<string, unknown> {
  const success = route.answers ?? 'application/json'
  return {
    operationId: buildOperationId(route),
    summary: route.summary,
    ...renderNeeds(route),
    parameters: [...buildPathParameters(route), ...buildQueryParameters(route)],
    ...buildRequestBody(route),
    responses: {
      [route.status ?? 200]: {
        description: 'Done',
        content: { [success]: { schema: toJsonSchema(route.response, 'output') } },
      },
      default: {
        description: 'Not done',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function renderNeeds({ needs }: Route): Record<string, unknown> {
  if (needs === 'public') return { security: [] }
  return needs === 'authenticated' ? {} : { 'x-scope': needs }
}

function buildOperationId({ method, path }: Route): string {
  const words = path.replace('/api/v1/', '').split(/[/:]+/).filter(Boolean)
  return [method.toLowerCase(), ...(words.length === 0 ? ['root'] : words)].join('_')
}

function buildPathParameters({ path }: Route) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function buildQueryParameters({ query }: Route) {
  if (query === undefined) return []
  const { properties = {}, required = [] } = toJsonSchema(query, 'input') as {
    properties?: Record<string, Record<string, unknown>>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function buildRequestBody({ body, accepts }: Route): Record<string, unknown> {
  if (accepts !== undefined) {
    const binary = { type: 'string', contentMediaType: 'application/octet-stream' }
    const form = {
      type: 'object',
      required: ['archive'],
      properties: { archive: binary, config: { type: 'object' } },
    }
    const byUrl = {
      type: 'object',
      required: ['archive_url'],
      properties: { archive_url: { type: 'string' }, config: { type: 'object' } },
    }
    const forms: Readonly<Record<string, object>> = { 'multipart/form-data': form, 'application/json': byUrl }
    const content = accepts.map((type) => [type, { schema: forms[type] ?? binary }])
    return { requestBody: { required: true, content: Object.fromEntries(content) } }
  }
  if (body === undefined) return {}
  return { requestBody: { content: { 'application/json': { schema: toJsonSchema(body, 'input') } } } }
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  void $schema
  return rest
}

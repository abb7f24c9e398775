import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './load.ts'
import { renderConfigExample } from './render-example.ts'

const EXAMPLE = join(import.meta.dirname, '../../config/config.example.jsonc')
const parse = (text: string, environment = {}) => parseConfig(text, 'config.json', environment)

describe('parseConfig', () => {
  it('has the defaults of the documented contract', () => {
    const { config, warnings } = parse('{}')
    expect(warnings).toEqual([])
    expect(config).toMatchObject({
      enabled: true,
      servers_dir: 'data/mcp_servers',
      uploads_dir: 'data/mcp_uploads',
      logs_dir: 'data/mcp_logs',
      max_servers: 10,
      health_check_interval: 30,
      auto_cleanup: true,
      cleanup_interval: 3600,
      dashboard: { host: '127.0.0.1', port: 8910 },
      security: { allowed_languages: ['python', 'node', 'bash'], max_upload_size_mb: 100 },
    })
  })

  it('takes comments and trailing commas', () => {
    expect(parse('{ // c\n "mcp_hosting": { "max_servers": 3, } }').config.max_servers).toBe(3)
  })

  it('names file, line and path of a wrong type', () => {
    const text = '{\n  "mcp_hosting": {\n    "dashboard": {\n      "port": "high"\n    }\n  }\n}'
    expect(() => parse(text)).toThrow(/^config\.json:4: mcp_hosting\.dashboard\.port: /)
  })

  it.each([
    ['memory.embeddings.base_url', '{ "memory": { "embeddings": {\n "base_url": "no url" } } }'],
    ['model.base_url', '{ "model": {\n "base_url": "" } }'],
  ])('names an address that is none, at %s', (path, section) => {
    expect(() => parse(`{ "mcp_hosting": ${section} }`)).toThrow(`config.json:2: mcp_hosting.${path}: `)
  })

  it('names the line of broken JSON', () => {
    expect(() => parse('{\n "mcp_hosting": {\n  "max_servers": ,\n }\n}')).toThrow(
      /^config\.json:3: not valid JSON/,
    )
  })

  it('refuses a document that is no object', () => {
    expect(() => parse('[1]')).toThrow(/^config\.json:1: expected an object/)
  })

  it('warns about an unknown key with the nearest name and ignores it', () => {
    const { config, warnings } = parse('{ "mcp_hosting": { "max_server": 3 } }')
    expect(config.max_servers).toBe(10)
    expect(warnings).toEqual([
      'config.json:1: unknown key mcp_hosting.max_server is ignored; did you mean max_servers?',
    ])
  })

  it('accepts a reserved key with its one possible value and refuses another', () => {
    expect(parse('{ "mcp_hosting": { "security": { "scan_uploads": true } } }').warnings).toEqual([])
    expect(() => parse('{ "mcp_hosting": { "security": { "sandbox_by_default": false } } }')).toThrow(
      /sandbox_by_default: only true is possible/,
    )
  })

  it('lets the environment override, with JSON values where they parse', () => {
    const { config } = parse('{ "mcp_hosting": { "dashboard": { "port": 1 } } }', {
      HAIVEMIND__DASHBOARD__PORT: '9000',
      HAIVEMIND__SERVERS_DIR: 'elsewhere',
      HAIVEMIND_TOKEN: 'unrelated',
    })
    expect(config.dashboard.port).toBe(9000)
    expect(config.servers_dir).toBe('elsewhere')
  })

  it('names the variable, not the file, when the environment is wrong', () => {
    const text = '{ "mcp_hosting": { "max_servers": 3 } }'
    expect(() => parse(text, { HAIVEMIND__MAX_SERVERS: 'ten' })).toThrow(
      /^HAIVEMIND__MAX_SERVERS: mcp_hosting\.max_servers: /,
    )
    expect(() => parse(text, { HAIVEMIND__SECURITY__ALLOWED_LANGUAGES: '["ruby"]' })).toThrow(
      /^HAIVEMIND__SECURITY__ALLOWED_LANGUAGES: mcp_hosting\.security\.allowed_languages\.0: /,
    )
    expect(parse(text, { HAIVEMIND__MAX_SERVER: '3' }).warnings).toEqual([
      'HAIVEMIND__MAX_SERVER: unknown key mcp_hosting.max_server is ignored; did you mean max_servers?',
    ])
  })

  it('never lets a key reach a prototype', () => {
    parse('{ "mcp_hosting": { "__proto__": { "polluted": true } } }')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('config.example.jsonc', () => {
  it('is what the schema says, key by key', () => {
    expect(readFileSync(EXAMPLE, 'utf8')).toBe(renderConfigExample())
  })

  it('parses to the defaults', () => {
    expect(parse(readFileSync(EXAMPLE, 'utf8'))).toEqual(parse('{}'))
  })
})

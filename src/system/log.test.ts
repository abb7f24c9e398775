import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { configSchema } from '../config/schema.ts'
import { AppError } from '../domain/error.ts'
import { createLogger, LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts'

function build(format: LogFormat, isTTY: boolean, level: LogLevel | (() => LogLevel) = 'info') {
  const lines: string[] = []
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const logger = createLogger(
    Object.assign(out, { isTTY }),
    level,
    'platform',
    (text) => text.replace('hunter2', '***'),
    format,
  )
  return { logger, lines }
}

describe('createLogger', () => {
  it('writes one JSON line a record, with what an error says', () => {
    const { logger, lines } = build('json', true)
    const err = new AppError('disk_full', 'No room for hunter2.')
    logger.child('store').error('not written', { server_id: 'srv_1', err })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.endsWith('\n')).toBe(true)
    const { time, ...record } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(record).toEqual({
      level: 'error',
      msg: 'not written',
      component: 'store',
      server_id: 'srv_1',
      err: {
        type: err.name,
        message: 'No room for ***.',
        code: 'disk_full',
        stack: expect.any(String) as string,
      },
    })
  })

  it('describes whatever was thrown', () => {
    const { logger, lines } = build('json', false)
    for (const err of ['text', 7, { a: 1 }, null]) logger.warn('x', { err })
    expect(lines.map((line) => (JSON.parse(line) as { err: unknown }).err)).toEqual([
      { type: 'string', message: 'text' },
      { type: 'number', message: '7' },
      { type: 'object', message: '{"a":1}' },
      { type: 'object', message: 'null' },
    ])
  })

  it('is for people on a terminal, or where it is wanted', () => {
    for (const { logger, lines } of [build('auto', true), build('pretty', false)]) {
      logger.warn('slow', { server_id: 'srv_1', err: new Error('why') })
      expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}platform: slow server_id=srv_1 err=why\n$/)
    }
    const { logger, lines } = build('auto', false)
    logger.info('x')
    expect(lines[0]?.startsWith('{')).toBe(true)
  })

  it('leaves out what is below the level, which may change meanwhile', () => {
    let level: LogLevel = 'warn'
    const { logger, lines } = build('json', false, () => level)
    logger.info('a')
    level = 'debug'
    logger.debug('b')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['b'])
  })

  it('has the levels and formats that the configuration has', () => {
    const { level, format } = configSchema.shape.mcp_hosting.unwrap().shape.logging.unwrap().shape
    expect([level.unwrap().options, format.unwrap().options]).toEqual([LOG_LEVELS, LOG_FORMATS])
  })
})

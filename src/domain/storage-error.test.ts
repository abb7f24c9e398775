import { describe, expect, it } from 'vitest'
import { AppError, renderError } from './error.ts'
import { findStorageTrouble } from './storage-error.ts'

const withCode = (fields: object, cause?: unknown) => Object.assign(new Error('x', { cause }), fields)

describe('findStorageTrouble', () => {
  it.each([
    [{ code: 'ENOSPC' }, 'disk_full'],
    [{ code: 'EDQUOT' }, 'disk_full'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, 'disk_full'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 4874 }, 'disk_full'],
    [{ code: 'EROFS' }, 'storage_failed'],
    [{ code: 'EIO' }, 'storage_failed'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 8 }, 'storage_failed'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 778 }, 'storage_failed'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 14 }, 'storage_failed'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 19 }, null],
    [{ code: 'ENOENT' }, null],
    [{}, null],
  ])('%j is %s, itself or as a cause', (fields, expected) => {
    expect(findStorageTrouble(withCode(fields))).toBe(expected)
    expect(findStorageTrouble(withCode({}, withCode(fields)))).toBe(expected)
  })

  it('has no end in a circle of causes', () => {
    const error = new Error('x')
    error.cause = error
    expect(findStorageTrouble(error)).toBe(null)
  })
})

describe('renderError', () => {
  it('tells a full disk from a defect, and nothing of where it was', () => {
    const error = withCode({ code: 'ENOSPC', path: '/var/lib/x', message: 'ENOSPC: /var/lib/x' })
    expect(renderError(error)).toEqual({
      code: 'disk_full',
      message: 'The disk is full',
      hint: 'Free space in the data directory: haivemind cleanup, or a larger disk.',
    })
    expect(renderError(new TypeError('y')).code).toBe('internal')
    expect(renderError(new AppError('conflict', 'z', { cause: error })).code).toBe('conflict')
  })
})

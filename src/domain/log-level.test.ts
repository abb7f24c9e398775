import { expect, it } from 'vitest'
import { guessLevel } from './log-level.ts'

it.each([
  ['INFO:     Uvicorn running on socket', 'info'],
  ['2026-11-26 10:00:00,123 - app - WARNING - disk is slow', 'warn'],
  ['{"time":"2026-11-26T10:00:00Z","level":"error","msg":"no"}', 'error'],
  ['level=debug msg="x"', 'debug'],
  ['Traceback (most recent call last):', 'error'],
  ["ModuleNotFoundError: No module named 'httpx'", 'error'],
  ['TypeError: x is not a function', 'error'],
  ['[error] it broke', 'error'],
  ['Server listening on port 3000', null],
  ['terrors and informers', null],
  [`${'x'.repeat(100)} error`, null],
  ['', null],
])('%s is %s', (text, level) => {
  expect(guessLevel(text)).toBe(level)
})

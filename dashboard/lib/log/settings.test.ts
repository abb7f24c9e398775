import { describe, expect, it } from 'vitest'
import { parseSettings } from './settings.ts'

describe('parseSettings', () => {
  it.each([
    [null, { isWrapped: false, hasColours: true, times: 'local' }],
    [
      '{"isWrapped":true,"times":"utc","hasColours":false}',
      { isWrapped: true, hasColours: false, times: 'utc' },
    ],
    ['{"isWrapped":"yes","times":"moon"}', { isWrapped: false, hasColours: true, times: 'local' }],
    ['null', { isWrapped: false, hasColours: true, times: 'local' }],
    ['{broken', { isWrapped: false, hasColours: true, times: 'local' }],
  ])('%s', (text, expected) => {
    expect(parseSettings(text)).toEqual(expected)
  })
})

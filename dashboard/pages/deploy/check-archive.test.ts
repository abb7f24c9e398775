import { expect, it } from 'vitest'
import { checkArchive, suggestName } from './check-archive.ts'

const blob = (bytes: readonly number[], at = 0) => {
  const all = new Uint8Array(600)
  all.set(bytes, at)
  return new Blob([all])
}

it.each([
  ['zip', blob([0x50, 0x4b, 3, 4]), 'good'],
  ['gzip', blob([0x1f, 0x8b, 8]), 'good'],
  ['zstd', blob([0x28, 0xb5, 0x2f, 0xfd]), 'good'],
  ['tar', blob([0x75, 0x73, 0x74, 0x61, 0x72], 257), 'good'],
  ['a text', new Blob(['#!/usr/bin/env bash']), 'no_archive'],
  ['two bytes', new Blob(['PK']), 'no_archive'],
  ['nothing', new Blob([]), 'empty'],
])('%s', async (_, file, expected) => {
  expect(await checkArchive(file)).toBe(expected)
})

it.each([
  ['weather.zip', 'weather'],
  ['My Weather_2.tar.gz', 'my-weather-2'],
  ['2024-report.mcpb', 'report'],
  ['日本.zip', ''],
  [`${'x'.repeat(80)}.zip`, 'x'.repeat(63)],
])('%s suggests %s', (file, name) => {
  expect(suggestName(file)).toBe(name)
})

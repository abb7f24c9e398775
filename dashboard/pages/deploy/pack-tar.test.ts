import { expect, it } from 'vitest'
import { buildTar } from '../../../src/domain/tar.ts'
import { packTar } from './pack-tar.ts'

it('is the tar that the platform itself would build, but for the mode and its checksum', () => {
  const files = [
    { path: 'server.sh', text: 'echo ü\n' },
    { path: 'server_config.json', text: 'x'.repeat(1000) },
  ]
  const encoder = new TextEncoder()
  const expected = buildTar(
    files.map(({ path, text }) => ({ path, data: encoder.encode(text) })),
    0,
  )
  const packed = packTar(files)
  expect(packed.length).toBe(expected.length)
  const differing = [...packed].flatMap((byte, at) => (byte === expected[at] ? [] : [at % 512]))
  expect(differing.every((at) => (at >= 100 && at < 108) || (at >= 148 && at < 156))).toBe(true)
})

import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildZip } from './zip.ts'

const entry = (path: string, text: string, mode = 0o644) => ({ path, data: Buffer.from(text), mode })

describe('buildZip', () => {
  it('writes a local header, its content and its mode', async () => {
    const zip = Buffer.from(await buildZip([entry('run.sh', 'a'.repeat(100), 0o755)]))
    expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
    const packed = zip.readUInt32LE(18)
    expect(zip.readUInt32LE(22)).toBe(100)
    expect(zip.subarray(30, 36).toString()).toBe('run.sh')
    expect(inflateRawSync(zip.subarray(36, 36 + packed)).toString()).toBe('a'.repeat(100))
    const central = zip.indexOf('PK\u0001\u0002', 0, 'latin1')
    expect((zip.readUInt32LE(central + 38) >>> 16).toString(8)).toBe('100755')
  })

  it('stores what does not shrink', async () => {
    const zip = Buffer.from(await buildZip([entry('a', 'x')]))
    expect(zip.readUInt16LE(8)).toBe(0)
    expect(zip.subarray(31, 32).toString()).toBe('x')
  })

  it('gives the same bytes for the same files', async () => {
    const files = [entry('ä/b.txt', 'one'), entry('c.txt', 'two')]
    expect(await buildZip(files)).toEqual(await buildZip(files))
  })
})

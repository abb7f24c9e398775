import { describe, expect, it } from 'vitest'
import { parseMultipart } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary=XYZ'

/** `text` in pieces of `size` bytes. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readAll(text: string, size = 1, type = TYPE) {
  const parts: { name: string; filename: string | null; content: string }[] = []
  for await (const { name, filename, content } of parseMultipart(type, inPieces(text, size))) {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    parts.push({ name, filename, content: Buffer.concat(chunks).toString('latin1') })
  }
  return parts
}

const part = (header: string, content: string) => `--XYZ\r\n${header}\r\n\r\n${content}\r\n`
const archive =
  'Content-Disposition: form-data; name="archive"; filename="a.zip"\r\nContent-Type: application/zip'
const config = 'content-disposition: form-data; name="config"'

describe('parseMultipart', () => {
  // Looks like a boundary over and over, and is none.
  const tricky = '\r\n--XY\r\n--\r\n--XYY\r\r\n-'
  const body = `${part(archive, tricky)}${part(config, '{}')}--XYZ--\r\n`

  it.each([1, 2, 3, 5, 7, 64, 1000])('finds the parts in pieces of %i bytes', async (size) => {
    expect(await readAll(body, size)).toEqual([
      { name: 'archive', filename: 'a.zip', content: tricky },
      { name: 'config', filename: null, content: '{}' },
    ])
  })

  it('skips a preamble, an epilogue and parts that nobody reads', async () => {
    const names: string[] = []
    const text = `preamble\r\n${body}epilogue`
    for await (const { name } of parseMultipart(TYPE, inPieces(text, 3))) names.push(name)
    expect(names).toEqual(['archive', 'config'])
  })

  it('takes a boundary in quotes, and an empty form', async () => {
    expect(await readAll('--a b--', 1, 'multipart/form-data; boundary="a b"')).toEqual([])
  })

  it.each([
    ['no boundary', '', 'multipart/form-data', 'the content type has no boundary'],
    ['a part without a name', `${part('content-type: x', '')}--XYZ--`, TYPE, 'a part has no name'],
    [
      'a header without end',
      `--XYZ\r\n${'x: y\r\n'.repeat(2000)}`,
      TYPE,
      "a part's header is over 8192 bytes",
    ],
    ['a boundary that goes on', '--XYZabc', TYPE, 'a boundary is not followed by a line break'],
    ['too many parts', `${part(config, '').repeat(17)}--XYZ--`, TYPE, 'more than 16 parts'],
  ])('refuses %s', async (_, text, type, why) => {
    await expect(readAll(text, 100, type)).rejects.toMatchObject({
      code: 'invalid_request',
      message: `body: is not multipart/form-data: ${why}.`,
    })
  })

  it.each([3, 60, 100, body.length - 6])('says that it ended early after %i bytes', async (length) => {
    await expect(readAll(body.slice(0, length))).rejects.toMatchObject({ code: 'archive_truncated' })
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { buildUpload } from './multipart.ts'

it('is read back by the web standard parser, and has the announced length', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-multipart-'))
  try {
    const path = join(folder, 'a"b.zip')
    writeFileSync(path, Buffer.from([0, 1, 2, 255, 13, 10]))
    const upload = buildUpload({ name: 'weather' }, { filename: 'a"b.zip', path, size: 6 })
    const body = await buffer(upload.body)
    expect(body.length).toBe(upload.length)
    const form = await new Response(body, { headers: { 'content-type': upload.contentType } }).formData()
    expect(form.get('config')).toBe('{"name":"weather"}')
    expect([...form.keys()]).toEqual(['config', 'archive'])
    const archive = form.get('archive') as File
    expect([archive.name, [...new Uint8Array(await archive.arrayBuffer())]]).toEqual([
      'a"b.zip',
      [0, 1, 2, 255, 13, 10],
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('sends an empty archive as one', async () => {
  const upload = buildUpload({}, { filename: 'e.zip', bytes: new Uint8Array() })
  expect((await buffer(upload.body)).length).toBe(upload.length)
})

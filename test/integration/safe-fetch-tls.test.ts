/** TLS behind a judged address: the certificate has to be the name's, although the address was dialled. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { safeFetch } from '../../src/system/safe-fetch.ts'

// Made for this test; its key is no secret.
const read = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8')
const usual = getCACertificates('default')
const server = createServer({ key: read('key.pem'), cert: read('cert.pem') }, (req, res) => {
  res.end(`for ${req.headers.host}`)
})

beforeAll(async () => {
  setDefaultCACertificates([...usual, read('cert.pem')])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  setDefaultCACertificates(usual)
  server.closeAllConnections()
  server.close()
})

async function fetchFrom(host: string): Promise<string> {
  const place = `${host}:${(server.address() as AddressInfo).port}`
  const { body } = await safeFetch(
    { url: `https://${place}/` },
    {
      named: new Set([place]),
      maxBytes: 1000,
      timeoutMs: 5000,
      resolve: async () => ({ host, addresses: ['127.0.0.1'] }),
    },
  )
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

it('S-91: an answer counts only with a certificate for the name that was asked for', async () => {
  expect(await fetchFrom('good.example')).toMatch(/^for good\.example:/)
  await expect(fetchFrom('other.example')).rejects.toMatchObject({
    code: 'fetch_failed',
    message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
  })
})

import { describe, expect, it } from 'vitest'
import { createTestApi } from '../fakes/api.ts'

function formOf(text: string, config?: unknown): FormData {
  const form = new FormData()
  if (config !== undefined) form.set('config', JSON.stringify(config))
  form.set('archive', new File([text], 'server.zip'))
  return form
}

describe('deploying over the API', () => {
  it('takes multipart and ends with a running server', async () => {
    const { send, defects } = await createTestApi()
    const accepted = await send('POST', '/api/v1/servers', { body: formOf('./run.sh', { name: 'weather' }) })
    expect(accepted.status).toBe(202)
    const operation = await send('GET', `${accepted.headers.get('location')}?wait=10`)
    expect(await operation.json()).toMatchObject({
      name: 'weather',
      status: 'succeeded',
      version: 1,
      error: null,
      server_detail: { name: 'weather', status: 'running', command: ['./run.sh'] },
    })
    expect(await (await send('GET', '/api/v1/servers')).json()).toMatchObject({
      total: 1,
      items: [{ name: 'weather', endpoint: 'http://127.0.0.1:8910/servers/weather/mcp' }],
    })
    expect(defects).toEqual([])
  })
})

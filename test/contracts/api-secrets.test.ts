/** Secrets over the API: they go in, and nothing of them comes out. */
import { describe, expect, it } from 'vitest'
import { createTestApi } from '../fakes/api.ts'

const CANARY = 'canary-5f1c-value'

type Secrets = {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly restart_required: boolean
  readonly started?: boolean
}
const read = async (response: Response) => (await response.json()) as Secrets

async function open() {
  const test = await createTestApi()
  await test.deploy('weather', './run.sh')
  const path = '/api/v1/servers/weather/secrets'
  return {
    ...test,
    list: async () => read(await test.send('GET', path)),
    set: (json: unknown) => test.send('POST', path, { json }),
    remove: (name: string) => test.send('DELETE', `${path}/${name}`),
  }
}

describe('the secrets of a server', () => {
  it('are told by name, version, time and fingerprint', async () => {
    const test = await open()
    const answer = await test.set({ name: 'API_KEY', value: CANARY })
    expect(answer.status).toBe(200)
    const told = await read(answer)
    expect(told).toMatchObject({ restart_required: true, started: false })
    expect(told.items).toEqual([
      {
        name: 'API_KEY',
        as: 'environment',
        description: '',
        required: false,
        set: true,
        version: 1,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        in_use: false,
        created_at: expect.stringMatching(/^\d{4}-/) as string,
        created_by: expect.stringMatching(/^token:/) as string,
      },
    ])
    const status = (await (await test.send('GET', '/api/v1/servers/weather')).json()) as {
      settings: { secrets: unknown; secrets_pending: unknown }
    }
    expect(status.settings).toMatchObject({
      secrets: [{ name: 'API_KEY', required: false, set: true }],
      secrets_pending: true,
    })
    expect(JSON.stringify([told, status, await test.list()])).not.toContain(CANARY)
  })

  it('rise in version, and are in force after a restart', async () => {
    const test = await open()
    await test.set({ name: 'API_KEY', value: CANARY })
    await test.set({ name: 'API_KEY', value_base64: Buffer.from(`${CANARY}-2`).toString('base64') })
    await test.send('POST', '/api/v1/servers/weather/restart')
    expect(await test.list()).toMatchObject({
      items: [{ name: 'API_KEY', version: 2, in_use: true }],
      restart_required: false,
    })
    expect(await read(await test.remove('API_KEY'))).toMatchObject({ items: [], restart_required: true })
    expect((await test.remove('API_KEY')).status).toBe(404)
  })

  it.each([
    [{ name: 'API_KEY' }, 400, 'needs value or value_base64'],
    [{ name: 'API_KEY', value: CANARY, value_base64: 'YQ==' }, 400, 'not both'],
    [{ name: 'API_KEY', value_base64: CANARY }, 400, 'must be base64'],
    [{ name: 'LD_PRELOAD', value: CANARY }, 422, 'LD_PRELOAD'],
    [{ name: '../../x', value: CANARY }, 422, 'is not a variable name'],
    [{ name: 'A\0B', value: CANARY }, 422, 'is not a variable name'],
    [{ name: 'API_KEY', value: 'short' }, 422, 'shorter than 6 bytes'],
    [{ name: 'API_KEY', value: `${CANARY}\nsecond line` }, 422, 'only be a file'],
    [{ name: 'API_KEY', value: `${CANARY}\0--ro-bind\0/etc` }, 422, 'only be a file'],
    [{ name: 'API_KEY', value: CANARY, as: 'argv' }, 400, 'body.as'],
  ])('refuse %j and do not repeat it', async (body, status, why) => {
    const test = await open()
    const answer = await test.set(body)
    const text = await answer.text()
    expect([answer.status, text]).toEqual([status, expect.stringContaining(why)])
    expect(text).not.toContain(CANARY)
    expect((await test.list()).items).toEqual([])
  })

  it('come with a deployment, for who may set them', async () => {
    const test = await open()
    const upload = (token: string) => {
      const form = new FormData()
      form.set('config', JSON.stringify({ name: 'second' }))
      form.set('secrets', JSON.stringify([{ name: 'API_KEY', value: CANARY }]))
      form.set('archive', new Blob(['./run.sh']))
      return test.send('POST', '/api/v1/servers', { token, body: form })
    }
    const grants = ['servers:deploy', 'servers:read']
    const make = async (...more: string[]) =>
      (
        await test.access.createToken({ name: 'x', grants: [...grants, ...more], expiresInDays: null }, {
          id: 'local',
          name: 'local',
          grants: ['admin'],
        } as never)
      ).text
    expect((await upload(await make())).status).toBe(403)
    const accepted = await upload(await make('secrets:write'))
    const { id } = (await accepted.json()) as { id: string }
    const ended = await (await test.send('GET', `/api/v1/operations/${id}?wait=30`)).text()
    expect(ended).toContain('"succeeded"')
    expect(ended).not.toContain(CANARY)
    const list = await read(await test.send('GET', '/api/v1/servers/second/secrets'))
    expect(list.items).toMatchObject([{ name: 'API_KEY', in_use: true }])
  })

  it('are in the audit log by name each time an instance gets them', async () => {
    const test = await open()
    await test.set({ name: 'API_KEY', value: CANARY })
    await test.send('POST', '/api/v1/servers/weather/restart')
    expect(test.secretUses.entries).toMatchObject([
      {
        actor: 'platform',
        action: 'secret.use',
        resource: 'server:weather',
        details: { secrets: { API_KEY: 1 } },
      },
    ])
    expect(JSON.stringify([test.secretUses.entries, test.audit.entries])).not.toContain(CANARY)
    expect(test.audit.entries.map(({ action }) => action)).toContain('secret.set')
  })

  it('are in no event', async () => {
    const test = await open()
    await test.set({ name: 'API_KEY', value: CANARY })
    await test.remove('API_KEY')
    const text = await (await test.send('GET', '/api/v1/events')).text()
    expect(text).toContain('secret.set')
    expect(text).toContain('secret.removed')
    expect(text).not.toContain(CANARY)
  })
})

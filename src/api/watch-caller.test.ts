import { expect, it } from 'vitest'
import { createTestApi } from '../../test/fakes/api.ts'
import { alice } from '../../test/fakes/hosting.ts'
import { runForCaller } from './watch-caller.ts'

async function open() {
  const { access } = await createTestApi()
  const { record, text } = await access.createToken(
    { name: 'x', grants: ['mcp:call'], expiresInDays: 1 },
    alice,
  )
  const found = await access.authenticateRequest({
    authorization: `Bearer ${text}`,
    cookie: undefined,
    at: { host: undefined, path: '/api/v1' },
  })
  if (found === null) throw new Error('the token is not known')
  const request = new Request('http://127.0.0.1')
  return { access, caller: { ...found, request }, revoke: () => access.revokeToken(record.id, alice) }
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve('done anyway'))
  })

it('ends what goes on when the token does, whatever comes of it', async () => {
  const { access, caller, revoke } = await open()
  const work = runForCaller(access, caller, untilAborted)
  await revoke()
  await expect(work).rejects.toMatchObject({ code: 'unauthenticated' })
})

it('gives nothing to a token that has ended', async () => {
  const { access, caller, revoke } = await open()
  await revoke()
  await expect(runForCaller(access, caller, async () => 'done')).rejects.toMatchObject({
    code: 'unauthenticated',
  })
})

it('gives what comes of it otherwise', async () => {
  const { access, caller } = await open()
  expect(await runForCaller(access, caller, async () => 'done')).toBe('done')
})

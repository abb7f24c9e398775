import { expect, it } from 'vitest'
import { ERRORS } from '../domain/error.ts'
import { renderReference } from './render-reference.ts'

it('is what docs/cli.md says (vitest -u writes it)', async () => {
  await expect(await renderReference()).toMatchFileSnapshot('../../docs/cli.md')
})

it('names every error with its exit code', async () => {
  const reference = await renderReference()
  for (const code of Object.keys(ERRORS)) expect(reference).toContain(`\`${code}\``)
})

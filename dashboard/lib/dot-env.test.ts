import { expect, it } from 'vitest'
import { parseDotEnv } from './dot-env.ts'

it('reads assignments, marks what looks like a secret, and leaves the rest out', () => {
  const text = `# settings
export CITY="New York" # where
UNIT=c # degrees
API_TOKEN='a # b'
no assignment
UNIT=f
`
  expect(parseDotEnv(text)).toEqual([
    { name: 'CITY', value: 'New York', isSecret: false },
    { name: 'UNIT', value: 'f', isSecret: false },
    { name: 'API_TOKEN', value: 'a # b', isSecret: true },
  ])
})

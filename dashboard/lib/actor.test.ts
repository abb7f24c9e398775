import { expect, it } from 'vitest'
import { nameActor } from './actor.ts'

it('calls people by their names, and leaves what it does not know', () => {
  const me = { id: 'user:usr_1', name: 'ada' }
  const people = [
    { id: 'usr_1', name: 'ada' },
    { id: 'usr_2', name: 'vera' },
  ]
  const actors = ['user:usr_1', 'user:usr_2', 'user:usr_3', 'token:tok_1', 'local', 'platform']
  expect(actors.map((actor) => nameActor(actor, me, people))).toEqual([
    'you',
    'vera',
    'user:usr_3',
    'token:tok_1',
    'the command line',
    'the platform',
  ])
  expect(nameActor('user:usr_1', null, [])).toBe('user:usr_1')
})

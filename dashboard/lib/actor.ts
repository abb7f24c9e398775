/** Who did something, as people call them: an id says nothing to anybody. */
import { useQuery } from '@tanstack/react-query'
import type { UserListJson } from '../../src/api/schema/people.ts'
import { api } from './api.ts'
import { mayDo, useMe } from './me.ts'

export const usersQuery = {
  queryKey: ['users'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => api<UserListJson>('/users', { signal }),
}

type Named = { readonly id: string; readonly name: string }

export function nameActor(actor: string, me: Named | null, people: readonly Named[]): string {
  if (actor === me?.id) return 'you'
  if (actor === 'platform') return 'the platform'
  if (actor === 'local') return 'the command line'
  return people.find(({ id }) => actor === `user:${id}`)?.name ?? actor
}

/** Other people's names are there for administrators alone; for everybody else their ids stay. */
function usePeople(): readonly Named[] {
  const me = useMe()
  const isAllowed = me !== null && mayDo(me, 'admin')
  return useQuery({ ...usersQuery, enabled: isAllowed, staleTime: 60_000 }).data?.items ?? []
}

export function useActorName(): (actor: string) => string {
  const me = useMe()
  const people = usePeople()
  return (actor) => nameActor(actor, me, people)
}

/** For a choice: ids as records have them, each with its name. */
export function useKnownActors(): readonly Named[] {
  const people = usePeople().map(({ id, name }) => ({ id: `user:${id}`, name }))
  return [...people, ...['local', 'platform'].map((id) => ({ id, name: nameActor(id, null, []) }))]
}

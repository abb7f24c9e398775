import { useActorName } from '../lib/actor.ts'

/** Who did it, by the name; the id is a hover away. */
export function Actor({ id }: { readonly id: string }) {
  const name = useActorName()(id)
  return (
    <span className="inline-block max-w-40 truncate align-bottom" {...(name === id ? {} : { title: id })}>
      {name}
    </span>
  )
}

import { useId, useState } from 'react'
import { AUDIT_OUTCOMES } from '../../../src/domain/audit.ts'
import { useKnownActors } from '../../lib/actor.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import type { AuditFilter } from './page.tsx'
import { ACTIVITY_WORDS, OUTCOME_WORDS } from './words.ts'

/** Exact values, as the platform searches them: a half-typed one would find nothing, so they hold once asked for. */
export function Filters({
  filter,
  onChange,
}: {
  readonly filter: AuditFilter
  readonly onChange: (filter: AuditFilter) => void
}) {
  const key = JSON.stringify(filter)
  return <Form key={key} filter={filter} onChange={onChange} />
}

function Form({ filter, onChange }: Parameters<typeof Filters>[0]) {
  const [typed, setTyped] = useState(filter)
  const { filters, examples } = ACTIVITY_WORDS
  const people = useId()
  const actors = useKnownActors()
  const text = (name: 'actor' | 'action' | 'resource') => (
    <TextField
      label={filters[name]}
      placeholder={examples[name]}
      spellCheck={false}
      autoCapitalize="none"
      value={typed[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value.trim() })}
      {...(name === 'actor' ? { list: people } : {})}
    />
  )
  const moment = (name: 'since' | 'until') => (
    <TextField
      label={filters[name]}
      type="datetime-local"
      value={typed[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  )
  return (
    <form
      role="search"
      className="grid grid-cols-2 items-end gap-3 sm:grid-cols-3 lg:grid-cols-[repeat(6,minmax(0,1fr))_auto]"
      onSubmit={(event) => {
        event.preventDefault()
        onChange(typed)
      }}
    >
      {text('actor')}
      <datalist id={people}>
        {actors.map(({ id, name }) => (
          <option key={id} value={id} label={name} />
        ))}
      </datalist>
      {text('action')}
      {text('resource')}
      <SelectField
        label={filters.outcome}
        value={typed.outcome}
        onChange={(event) => setTyped({ ...typed, outcome: event.target.value })}
        options={[
          { value: '', label: filters.any },
          ...AUDIT_OUTCOMES.map((value) => ({ value, label: OUTCOME_WORDS[value] })),
        ]}
      />
      {moment('since')}
      {moment('until')}
      <Button type="submit">{filters.apply}</Button>
    </form>
  )
}

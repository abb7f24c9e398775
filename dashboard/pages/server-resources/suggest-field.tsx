import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId } from 'react'
import { stripUnseen } from '../../lib/ansi.ts'
import { complete } from '../../lib/mcp/offer.ts'
import type { SchemaObject } from '../../lib/schema-form/schema.ts'
import { TextField } from '../../parts/field.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { RESOURCES_WORDS } from './words.ts'

/** A value for which its server may suggest some: the browser's own list, so that the keyboard knows it. */
export function SuggestField({
  server,
  source,
  name,
  description,
  values,
  isRequired,
  canSuggest,
  error,
  onChange,
}: {
  readonly server: string
  /** What the value is for, as the protocol refers to it. */
  readonly source: SchemaObject
  readonly name: string
  readonly description: string
  readonly values: Readonly<Record<string, string>>
  readonly isRequired: boolean
  readonly canSuggest: boolean
  readonly error: string | null
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  const value = values[name] ?? ''
  const asked = useDeferredValue(value)
  const others = Object.fromEntries(Object.entries(values).filter(([key, one]) => key !== name && one !== ''))
  const { data = [] } = useQuery({
    queryKey: ['server', server, 'complete', source, name, asked, others],
    queryFn: async ({ signal }) => {
      // Not for each letter of a word that is being typed.
      await new Promise((resolve) => setTimeout(resolve, 150))
      return complete(server, source, { name, value: asked }, others, signal)
    },
    enabled: canSuggest,
    retry: false,
    staleTime: 30_000,
    placeholderData: (before) => before,
  })
  return (
    <>
      <TextField
        label={`${stripUnseen(name)}${isRequired ? '' : ' (optional)'}`}
        {...(description === '' && data.length === 0
          ? {}
          : {
              description: (
                <>
                  <VisibleText text={description} /> {data.length > 0 && RESOURCES_WORDS.suggested}
                </>
              ),
            })}
        autoComplete="off"
        spellCheck={false}
        list={`${id}-list`}
        required={isRequired}
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${id}-list`}>
        {data.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  )
}

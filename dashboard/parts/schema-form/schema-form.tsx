/** A form for a JSON Schema. What stands in it is a draft; `lib/schema-form` makes the value of it. */
import type { Draft, Problem } from '../../lib/schema-form/draft.ts'
import { describeField } from '../../lib/schema-form/field.ts'
import { isObject, own, type Schema } from '../../lib/schema-form/schema.ts'
import { FieldBody } from './field-body.tsx'
import { FORM_WORDS } from './words.ts'

export type FormContext = { readonly root: Schema; readonly problems: readonly Problem[] }

function hasOwnExtra(schema: Schema): boolean {
  return (
    isObject(schema) &&
    ['additionalProperties', 'patternProperties'].some((key) => own(schema, key) !== undefined)
  )
}

export function SchemaForm({
  schema,
  draft,
  problems,
  onChange,
}: {
  readonly schema: Schema
  readonly draft: Draft
  readonly problems: readonly Problem[]
  readonly onChange: (draft: Draft) => void
}) {
  const field = describeField(schema, schema)
  // Most tools without arguments say no more than that they take an object.
  const isClosed = field.kind === 'object' && (field.extra === null || !hasOwnExtra(schema))
  if (isClosed && field.properties.length === 0 && draft.is === 'fields' && draft.extra.length === 0) {
    return <p className="text-sm text-muted">{FORM_WORDS.nothing}</p>
  }
  return (
    <FieldBody
      context={{ root: schema, problems }}
      schema={schema}
      field={field}
      draft={draft}
      path=""
      label="Arguments"
      isOutermost
      onChange={onChange}
    />
  )
}

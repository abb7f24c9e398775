import { Plus, X } from 'lucide-react'
import { useMemo } from 'react'
import { stripUnseen } from '../../lib/ansi.ts'
import { ABSENT, startDraft, type Draft } from '../../lib/schema-form/draft.ts'
import { describeField } from '../../lib/schema-form/field.ts'
import type { Schema } from '../../lib/schema-form/schema.ts'
import { Button } from '../button.tsx'
import { FieldBody } from './field-body.tsx'
import type { FormContext } from './schema-form.tsx'
import { FORM_WORDS } from './words.ts'

/** One place of the form: left out, or with a control. */
export function SchemaField({
  context,
  schema,
  draft,
  path,
  name,
  isRequired,
  onChange,
}: {
  readonly context: FormContext
  readonly schema: Schema
  readonly draft: Draft
  readonly path: string
  readonly name: string
  readonly isRequired: boolean
  readonly onChange: (draft: Draft) => void
}) {
  const field = useMemo(() => describeField(schema, context.root), [schema, context.root])
  const label = stripUnseen(field.title ?? name)
  if (draft.is === 'absent') {
    return (
      <div className="min-w-0" data-field={path}>
        <div className="flex min-h-8 items-center justify-between gap-2 rounded-md border border-dashed border-line px-2.5">
          <span className="min-w-0 truncate text-sm text-muted">
            {label} <span className="text-xs">({FORM_WORDS.optional})</span>
          </span>
          <Button
            variant="ghost"
            size="sm"
            icon={Plus}
            aria-label={FORM_WORDS.add(label)}
            onClick={() => onChange(startDraft(schema, context.root))}
          />
        </div>
      </div>
    )
  }
  return (
    <div className="flex min-w-0 items-start gap-1" data-field={path}>
      <div className="min-w-0 flex-1">
        <FieldBody {...{ context, schema, field, draft, path, onChange }} label={label} isOutermost={false} />
      </div>
      {!isRequired && (
        <Button
          variant="ghost"
          size="sm"
          icon={X}
          aria-label={FORM_WORDS.leaveOut(label)}
          onClick={() => onChange(ABSENT)}
        />
      )}
    </div>
  )
}

/** Objects, maps, lists and tuples. */
import { Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { stripUnseen } from '../../lib/ansi.ts'
import { ABSENT, joinPath, startDraft, type Draft, type ExtraDraft } from '../../lib/schema-form/draft.ts'
import type { Field } from '../../lib/schema-form/field.ts'
import { Button } from '../button.tsx'
import { TextField } from '../field.tsx'
import { problemAt, type BodyProps } from './field-body.tsx'
import { SchemaField } from './schema-field.tsx'
import { FORM_WORDS } from './words.ts'

function replace<T>(list: readonly T[], index: number, item: T): readonly T[] {
  return list.map((one, at) => (at === index ? item : one))
}

export function FieldsBody({
  context,
  field,
  draft,
  path,
  label,
  isOutermost,
  onChange,
}: BodyProps & { readonly field: Field & { kind: 'object' }; readonly draft: Draft & { is: 'fields' } }) {
  const { extra } = field
  const setExtra = (entries: readonly ExtraDraft[]) => onChange({ ...draft, extra: entries })
  return (
    <Group {...{ label, isOutermost }} description={field.description} error={problemAt(context, path)}>
      {field.properties.map(({ key, schema, isRequired }, index) => (
        <SchemaField
          key={key}
          {...{ context, schema, isRequired }}
          path={joinPath(path, key)}
          name={key === '' ? '""' : key}
          draft={draft.named[index] ?? ABSENT}
          onChange={(next) => onChange({ ...draft, named: replace(draft.named, index, next) })}
        />
      ))}
      {draft.extra.map(({ key, draft: inner }, index) => (
        <div key={index} className="flex items-start gap-2">
          <div className="w-1/3 min-w-24 shrink-0">
            <TextField
              label={FORM_WORDS.key}
              value={key}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) =>
                setExtra(replace(draft.extra, index, { key: event.target.value, draft: inner }))
              }
            />
          </div>
          <div className="min-w-0 flex-1">
            <SchemaField
              context={context}
              schema={extra ?? true}
              isRequired
              path={joinPath(path, key)}
              name={FORM_WORDS.value}
              draft={inner}
              onChange={(next) => setExtra(replace(draft.extra, index, { key, draft: next }))}
            />
          </div>
          <Button
            variant="ghost"
            size="sm"
            icon={Trash2}
            aria-label={FORM_WORDS.removeEntry(key)}
            onClick={() => setExtra(draft.extra.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {extra !== null && (
        <div>
          <Button
            size="sm"
            icon={Plus}
            onClick={() => setExtra([...draft.extra, { key: '', draft: startDraft(extra, context.root) }])}
          >
            {FORM_WORDS.addEntry}
          </Button>
        </div>
      )}
    </Group>
  )
}

export function ItemsBody({
  context,
  field,
  draft,
  path,
  label,
  isOutermost,
  onChange,
}: BodyProps & { readonly field: Field & { kind: 'list' }; readonly draft: Draft & { is: 'items' } }) {
  const { items } = draft
  const next = field.first[items.length] ?? field.rest
  const mayAdd = next !== null && (field.maxItems === null || items.length < field.maxItems)
  return (
    <Group {...{ label, isOutermost }} description={field.description} error={problemAt(context, path)}>
      {items.map((item, index) => (
        <div key={index} className="flex items-start gap-1">
          <div className="min-w-0 flex-1">
            <SchemaField
              context={context}
              schema={field.first[index] ?? field.rest ?? true}
              isRequired
              path={joinPath(path, index)}
              name={FORM_WORDS.item(index + 1)}
              draft={item}
              onChange={(changed) => onChange({ is: 'items', items: replace(items, index, changed) })}
            />
          </div>
          {index >= field.first.length && (
            <Button
              variant="ghost"
              size="sm"
              icon={Trash2}
              aria-label={FORM_WORDS.removeItem(index + 1)}
              onClick={() => onChange({ is: 'items', items: items.filter((_, at) => at !== index) })}
            />
          )}
        </div>
      ))}
      {mayAdd && (
        <div>
          <Button
            size="sm"
            icon={Plus}
            onClick={() => onChange({ is: 'items', items: [...items, startDraft(next, context.root)] })}
          >
            {FORM_WORDS.addItem}
          </Button>
        </div>
      )}
    </Group>
  )
}

function Group({
  label,
  description,
  error,
  isOutermost,
  children,
}: {
  readonly label: string
  readonly description: string | null
  readonly error: string | null
  readonly isOutermost: boolean
  readonly children: ReactNode
}) {
  const body = (
    <>
      {error !== null && (
        <p role="alert" className="text-xs font-medium text-bad">
          {error}
        </p>
      )}
      {children}
    </>
  )
  if (isOutermost) return <div className="flex min-w-0 flex-col gap-3">{body}</div>
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">{label}</legend>
      {description !== null && (
        <p className="-mt-1 text-xs text-muted">{stripUnseen(description).slice(0, 600)}</p>
      )}
      {body}
    </fieldset>
  )
}

import { useState, type ReactNode } from 'react'
import { stripUnseen } from '../../lib/ansi.ts'
import { draftOf, parseRaw, startDraft, type Draft } from '../../lib/schema-form/draft.ts'
import { describeField, labelOf, type Field as FormField } from '../../lib/schema-form/field.ts'
import type { Schema } from '../../lib/schema-form/schema.ts'
import { Button } from '../button.tsx'
import { Field, SelectField, TextAreaField, TextField } from '../field.tsx'
import { Switch } from '../switch.tsx'
import { FieldsBody, ItemsBody } from './nested-bodies.tsx'
import type { FormContext } from './schema-form.tsx'
import { FORM_WORDS } from './words.ts'

export type BodyProps = {
  readonly context: FormContext
  readonly schema: Schema
  readonly field: FormField
  readonly draft: Draft
  /** JSON pointer. */
  readonly path: string
  readonly label: string
  readonly isOutermost: boolean
  readonly onChange: (draft: Draft) => void
}

const MAX_DESCRIPTION = 600
/** The arguments of a call are at most a megabyte of JSON. */
const MAX_FILE_BYTES = 700 * 1024

export function problemAt({ problems }: FormContext, path: string): string | null {
  const found = problems.filter((problem) => problem.path === path)
  return found.length === 0 ? null : found.map(({ message }) => message).join(' ')
}

export function FieldBody(props: BodyProps) {
  const { context, schema, field, draft, path, label, onChange } = props
  const error = problemAt(context, path)
  const about =
    field.description === null
      ? {}
      : { description: stripUnseen(field.description).slice(0, MAX_DESCRIPTION) }
  const common = { label, error, ...about }
  if (draft.is === 'raw') return <RawBody {...props} error={error} />
  switch (field.kind) {
    case 'text':
      return draft.is === 'text' ? (
        <TextBody {...common} field={field} text={draft.text} onChange={onChange} />
      ) : null
    case 'number':
      return draft.is === 'text' ? (
        <TextField
          {...common}
          inputMode={field.isInteger ? 'numeric' : 'decimal'}
          autoComplete="off"
          value={draft.text}
          placeholder={describeBounds(field.minimum, field.maximum)}
          onChange={(event) => onChange({ is: 'text', text: event.target.value })}
        />
      ) : null
    case 'flag':
      return draft.is === 'flag' ? (
        <Described text={about.description} error={error}>
          <Switch label={label} isOn={draft.on} onChange={(on) => onChange({ is: 'flag', on })} />
        </Described>
      ) : null
    case 'fixed':
      return (
        <Described text={about.description} error={error}>
          <p className="text-sm">
            <span className="font-medium">{label}</span>{' '}
            <span className="text-muted">
              {FORM_WORDS.always} <code>{labelOf(field.value)}</code>
            </span>
          </p>
        </Described>
      )
    case 'choice':
      return draft.is === 'choice' ? (
        <SelectField
          {...common}
          value={draft.index === null ? '' : String(draft.index)}
          onChange={(event) =>
            onChange({ is: 'choice', index: event.target.value === '' ? null : Number(event.target.value) })
          }
          options={[
            { value: '', label: FORM_WORDS.choose },
            ...field.choices.map((choice, index) => ({
              value: String(index),
              label: stripUnseen(choice.label).slice(0, 200),
            })),
          ]}
        />
      ) : null
    case 'file':
      return draft.is === 'file' ? (
        <FileBody {...common} mediaType={field.mediaType} draft={draft} onChange={onChange} />
      ) : null
    case 'union': {
      const option = draft.is === 'option' ? field.options[draft.index] : undefined
      if (draft.is !== 'option' || option === undefined) return null
      return (
        <div className="flex min-w-0 flex-col gap-2">
          <SelectField
            {...common}
            value={String(draft.index)}
            onChange={(event) => {
              const index = Number(event.target.value)
              onChange({ is: 'option', index, draft: startDraft(field.options[index]!.schema, context.root) })
            }}
            options={field.options.map(({ label: name }, index) => ({
              value: String(index),
              label: stripUnseen(name).slice(0, 200),
            }))}
          />
          <OptionBody {...props} option={option.schema} inner={draft.draft} index={draft.index} />
        </div>
      )
    }
    case 'object':
      return draft.is === 'fields' ? <FieldsBody {...props} field={field} draft={draft} /> : null
    case 'list':
      return draft.is === 'items' ? <ItemsBody {...props} field={field} draft={draft} /> : null
    case 'raw':
      return <RawBody {...props} schema={schema} draft={{ is: 'raw', text: '' }} error={error} />
  }
}

function OptionBody({
  context,
  path,
  label,
  option,
  inner,
  index,
  onChange,
}: BodyProps & { readonly option: Schema; readonly inner: Draft; readonly index: number }) {
  return (
    <Nested
      {...{ context, path, label }}
      schema={option}
      draft={inner}
      onChange={(next) => onChange({ is: 'option', index, draft: next })}
    />
  )
}

function TextBody({
  field,
  text,
  onChange,
  ...common
}: {
  readonly label: string
  readonly error: string | null
  readonly description?: string
  readonly field: FormField & { kind: 'text' }
  readonly text: string
  readonly onChange: (draft: Draft) => void
}) {
  const set = (next: string) => onChange({ is: 'text', text: next })
  const isLine = field.format !== null || (field.maxLength !== null && field.maxLength <= 200)
  if (!isLine) {
    const rows = Math.min(12, text.split('\n').length)
    return (
      <TextAreaField
        {...common}
        rows={rows}
        spellCheck={false}
        value={text}
        onChange={(event) => set(event.target.value)}
      />
    )
  }
  const type = INPUT_TYPES[field.format ?? ''] ?? 'text'
  return (
    <TextField
      {...common}
      type={type}
      autoComplete="off"
      spellCheck={false}
      placeholder={PLACEHOLDERS[field.format ?? ''] ?? field.format ?? ''}
      value={text}
      onChange={(event) => set(event.target.value)}
    />
  )
}

const INPUT_TYPES: Readonly<Record<string, string>> = { date: 'date', email: 'email', uri: 'url', url: 'url' }
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  duration: 'P1DT2H',
  uuid: '00000000-0000-4000-8000-000000000000',
  email: 'name@example.org',
  uri: 'https://',
}

function describeBounds(minimum: number | null, maximum: number | null): string {
  if (minimum !== null && maximum !== null) return `${minimum} to ${maximum}`
  if (minimum !== null) return `at least ${minimum}`
  return maximum === null ? '' : `at most ${maximum}`
}

function FileBody({
  mediaType,
  draft,
  onChange,
  error,
  ...common
}: {
  readonly label: string
  readonly error: string | null
  readonly description?: string
  readonly mediaType: string | null
  readonly draft: Draft & { is: 'file' }
  readonly onChange: (draft: Draft) => void
}) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const take = async (file: File | undefined) => {
    if (file === undefined) return
    if (file.size > MAX_FILE_BYTES) return setRefusal(FORM_WORDS.tooLarge(MAX_FILE_BYTES))
    setRefusal(null)
    const bytes = new Uint8Array(await file.arrayBuffer())
    const text = Array.from({ length: Math.ceil(bytes.length / 8192) }, (_, at) =>
      String.fromCharCode(...bytes.subarray(at * 8192, (at + 1) * 8192)),
    ).join('')
    onChange({ is: 'file', name: file.name, base64: btoa(text) })
  }
  return (
    <Field {...common} error={refusal ?? error} description={FORM_WORDS.file(draft.name, draft.base64)}>
      {(ids) => (
        <input
          {...ids}
          type="file"
          accept={mediaType ?? undefined}
          className="w-full text-sm text-muted file:mr-3 file:h-8 file:rounded-md file:border-0 file:bg-hover file:px-3 file:text-sm file:font-medium file:text-text"
          onChange={(event) => void take(event.target.files?.[0])}
        />
      )}
    </Field>
  )
}

function RawBody({
  context,
  schema,
  field,
  draft,
  label,
  error,
  onChange,
}: BodyProps & { readonly error: string | null }) {
  const [refusal, setRefusal] = useState<string | null>(null)
  if (draft.is !== 'raw') return null
  const toForm = () => {
    const { value } = parseRaw(draft.text, '')
    const next = value === undefined ? startDraft(schema, context.root) : draftOf(schema, value, context.root)
    if (next.is === 'raw') setRefusal(FORM_WORDS.noFit)
    else onChange(next)
  }
  return (
    <div className="flex flex-col gap-1">
      <TextAreaField
        label={label}
        error={error ?? refusal}
        description={field.kind === 'raw' ? FORM_WORDS.rawReason(field.reason) : FORM_WORDS.json}
        rows={Math.min(16, Math.max(2, draft.text.split('\n').length))}
        spellCheck={false}
        value={draft.text}
        onChange={(event) => onChange({ is: 'raw', text: event.target.value })}
      />
      {field.kind !== 'raw' && (
        <div>
          <Button variant="ghost" size="sm" onClick={toForm}>
            {FORM_WORDS.toForm}
          </Button>
        </div>
      )}
    </div>
  )
}

function Described({
  text,
  error,
  children,
}: {
  readonly text?: string | undefined
  readonly error: string | null
  readonly children: ReactNode
}) {
  return (
    <div>
      {children}
      {text !== undefined && <p className="mt-0.5 text-xs text-muted">{text}</p>}
      {error !== null && (
        <p role="alert" className="mt-0.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  )
}

/** A value inside another, without a frame of its own name. */
function Nested(props: Omit<BodyProps, 'field' | 'isOutermost'>) {
  const field = describeField(props.schema, props.context.root)
  return (
    <div className="border-l-2 border-line pl-3" data-variant>
      <FieldBody
        {...props}
        field={{ ...field, description: null }}
        label={field.title ?? FORM_WORDS.value}
        isOutermost
      />
    </div>
  )
}

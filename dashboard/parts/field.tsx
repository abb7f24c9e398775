import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react'
import { cn } from '../lib/cn.ts'

export const controlClass =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text shadow-raised aria-invalid:border-bad disabled:opacity-60'

type FieldProps = {
  readonly label: string
  readonly description?: ReactNode
  readonly error?: string | null
  /** The label is there for screen readers alone. */
  readonly isLabelHidden?: boolean
}

/** Label, description and error, tied to the control that `children` makes of the ids. */
export function Field({
  label,
  description,
  error = null,
  isLabelHidden = false,
  children,
}: FieldProps & {
  readonly children: (ids: {
    readonly id: string
    readonly 'aria-describedby': string | undefined
    readonly 'aria-invalid': true | undefined
  }) => ReactNode
}) {
  const id = useId()
  const described = [description !== undefined && `${id}-d`, error !== null && `${id}-e`]
    .filter(Boolean)
    .join(' ')
  return (
    <div className="min-w-0">
      <label htmlFor={id} className={cn('mb-1 block text-sm font-medium', isLabelHidden && 'sr-only')}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error === null ? undefined : true,
      })}
      {description !== undefined && (
        <p id={`${id}-d`} className="mt-1 text-xs text-muted">
          {description}
        </p>
      )}
      {error !== null && (
        <p id={`${id}-e`} role="alert" className="mt-1 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  description,
  error,
  isLabelHidden,
  ...rest
}: FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'>) {
  return (
    <Field {...{ label, description, isLabelHidden }} error={error ?? null}>
      {(ids) => <input type="text" {...rest} {...ids} className={cn(controlClass, 'h-8')} />}
    </Field>
  )
}

export function TextAreaField({
  label,
  description,
  error,
  isLabelHidden,
  ...rest
}: FieldProps & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'className' | 'id'>) {
  return (
    <Field {...{ label, description, isLabelHidden }} error={error ?? null}>
      {(ids) => <textarea rows={4} {...rest} {...ids} className={cn(controlClass, 'py-1.5 font-mono')} />}
    </Field>
  )
}

/** The browser's own: Radix's does not live under the content security policy. */
export function SelectField({
  label,
  description,
  error,
  isLabelHidden,
  options,
  ...rest
}: FieldProps &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className' | 'id'> & {
    readonly options: readonly {
      readonly value: string
      readonly label: string
      readonly disabled?: boolean
    }[]
  }) {
  return (
    <Field {...{ label, description, isLabelHidden }} error={error ?? null}>
      {(ids) => (
        <select {...rest} {...ids} className={cn(controlClass, 'h-8 pr-7')}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

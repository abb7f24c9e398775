import { RotateCcw } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { mayDo, roleFor, useMe } from '../../lib/me.ts'
import type { Json } from '../../lib/schema-form/schema.ts'
import { WORDS as SHARED } from '../../lib/words.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextAreaField, TextField } from '../../parts/field.tsx'
import type { SettingField } from './fields.ts'
import { decideWhen, isSame, needsDeployer, showValue } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

/** One setting: what it is, what it was, what is in force, and the way back to what the version says. */
export function SettingControl({
  setting,
  base,
  edited,
  inForce,
  problem,
  onChange,
}: {
  readonly setting: SettingField
  readonly base: Json | undefined
  /** Undefined: not edited. */
  readonly edited: Json | undefined
  /** What the running process has, where that is known; null: the same, or not known. */
  readonly inForce: string | null
  readonly problem: string | null
  readonly onChange: (value: Json) => void
}) {
  const me = useMe()
  const { field } = setting
  const needs = needsDeployer(field) ? 'servers:deploy' : 'servers:write'
  const isOff = me !== null && !mayDo(me, needs)
  const [label, text] = WORDS.fields[field]
  const unit = setting.kind === 'number' && setting.unit !== undefined ? `, ${setting.unit}` : ''
  const value = edited === undefined ? base : edited
  const isEdited = edited !== undefined
  const common = {
    label: `${label}${unit}`,
    description: isOff ? SHARED.needsRole(roleFor(needs)) : text === '' ? undefined : text,
    error: problem,
    disabled: isOff,
    spellCheck: false,
  }
  return (
    <div className="group relative min-w-0" data-edited={isEdited || undefined}>
      <Control
        setting={setting}
        value={value ?? null}
        isCleared={edited === null}
        common={common}
        onChange={onChange}
      />
      {!isOff && edited !== null && (
        <span className="absolute -top-1 right-0 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
          <Button
            variant="ghost"
            size="sm"
            icon={RotateCcw}
            aria-label={WORDS.backToVersion(label)}
            onClick={() => onChange(null)}
          />
        </span>
      )}
      {(isEdited || inForce !== null) && (
        <p className="mt-1 flex flex-wrap items-center gap-x-2 text-xs text-muted">
          {isEdited && (
            <>
              <span className="font-medium break-words text-accent">
                {WORDS.was(showSetting(base))}, {WORDS.when[decideWhen(field)]}
              </span>
              <button
                type="button"
                className="min-h-6 rounded-sm underline hover:text-text"
                onClick={() => onChange(base ?? null)}
              >
                {WORDS.undo}
              </button>
            </>
          )}
          {inForce !== null && <span className="text-warn">{WORDS.inForce(inForce)}</span>}
        </p>
      )}
    </div>
  )
}

export function showSetting(value: Json | undefined): string {
  return typeof value === 'boolean' ? (WORDS.choices[String(value)] ?? '') : showValue(value)
}

type Common = {
  readonly label: string
  readonly description: ReactNode
  readonly error: string | null
  readonly disabled: boolean
}

function Control({
  setting,
  value,
  isCleared,
  common,
  onChange,
}: {
  readonly setting: SettingField
  readonly value: Json
  readonly isCleared: boolean
  readonly common: Common
  readonly onChange: (value: Json) => void
}) {
  const placeholder = isCleared ? WORDS.asVersion : undefined
  switch (setting.kind) {
    case 'lines':
      return <Lines common={common} placeholder={placeholder} value={listOf(value)} onChange={onChange} />
    case 'long':
      return (
        <TextAreaField
          {...common}
          rows={3}
          placeholder={placeholder}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    case 'number':
      return (
        <TextField
          {...common}
          type="number"
          step={setting.step ?? 1}
          inputMode="decimal"
          placeholder={placeholder}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
        />
      )
    case 'text':
      return (
        <TextField
          {...common}
          placeholder={placeholder}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        />
      )
    case 'switch':
    case 'choice': {
      const values = setting.kind === 'switch' ? ['true', 'false'] : setting.values
      return (
        <SelectField
          {...common}
          value={textOf(value)}
          onChange={({ target }) =>
            onChange(
              target.value === '' ? null : setting.kind === 'switch' ? target.value === 'true' : target.value,
            )
          }
          options={[
            ...(isCleared ? [{ value: '', label: WORDS.asVersion }] : []),
            ...values.map((each) => ({ value: each, label: WORDS.choices[each] ?? each })),
          ]}
        />
      )
    }
  }
}

/** Keeps what is typed, so that a line can be begun. */
function Lines({
  common,
  placeholder,
  value,
  onChange,
}: {
  readonly common: Common
  readonly placeholder: string | undefined
  readonly value: readonly string[]
  readonly onChange: (value: Json) => void
}) {
  const [typed, setTyped] = useState('')
  const text = isSame(parseLines(typed), value) ? typed : value.join('\n')
  return (
    <TextAreaField
      {...common}
      rows={3}
      placeholder={placeholder}
      value={text}
      onChange={(event) => {
        setTyped(event.target.value)
        onChange(parseLines(event.target.value))
      }}
    />
  )
}

function parseLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function textOf(value: Json): string {
  return value === null ? '' : String(value as string | number | boolean)
}

function listOf(value: Json): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

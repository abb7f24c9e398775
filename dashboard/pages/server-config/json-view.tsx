import { useState } from 'react'
import { Card } from '../../parts/card.tsx'
import { TextAreaField } from '../../parts/field.tsx'
import type { Editing } from './settings-form.tsx'
import { nest, parseDocument, VARIABLE, isSame, type Edits } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

export function JsonView({
  editing: { base, edits, problems },
  onReplace,
  onBroken,
}: {
  readonly editing: Editing
  readonly onReplace: (edits: Edits) => void
  /** Whether the text says nothing that could be saved. */
  readonly onBroken: (isBroken: boolean) => void
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const written = render(base, edits)
  const { error, parsed } = tryParse(base, edits, typed ?? written)
  // What was discarded or saved is not what stands here any more.
  const text = typed !== null && (parsed === null || isSame(parsed, edits)) ? typed : written
  const said = [...problems].map(([field, message]) => `${field}: ${message}`).join('\n')
  return (
    <Card title={WORDS.tabs.json} description={WORDS.jsonHint}>
      <TextAreaField
        label={WORDS.jsonLabel}
        isLabelHidden
        rows={30}
        spellCheck={false}
        autoComplete="off"
        value={text}
        error={text === typed && error !== null ? error : said === '' ? null : said}
        onChange={(event) => {
          setTyped(event.target.value)
          const next = tryParse(base, edits, event.target.value)
          onBroken(next.parsed === null)
          if (next.parsed !== null) onReplace(next.parsed)
        }}
      />
    </Card>
  )
}

function render(base: Editing['base'], edits: Edits): string {
  const shown = Object.entries({ ...base, ...edits }).filter(([field]) => !field.startsWith(VARIABLE))
  return JSON.stringify(nest(Object.fromEntries(shown)), null, 2)
}

function tryParse(
  base: Editing['base'],
  edits: Edits,
  text: string,
): { readonly error: string | null; readonly parsed: Edits | null } {
  try {
    return { error: null, parsed: parseDocument(base, edits, text) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), parsed: null }
  }
}

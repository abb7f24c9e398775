import { Plus, Trash2, Undo2 } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { PasteDialog } from './paste-dialog.tsx'
import type { Editing } from './settings-form.tsx'
import { VARIABLE } from './settings.ts'
import { CONFIG_WORDS, VARIABLE_WORDS as WORDS } from './words.ts'

/** Names, and what is to become of them; a value that is given is nowhere to be seen again. */
export function Variables({
  editing: { edits, onEdit, server },
  onForget,
}: {
  readonly editing: Editing
  /** A variable is as it was again. */
  readonly onForget: (field: string) => void
}) {
  const [asked, setAsked] = useState<string | null>(null)
  const [isPasting, setPasting] = useState(false)
  const known = server.settings.environment
  const added = Object.keys(edits)
    .filter((field) => field.startsWith(VARIABLE))
    .map((field) => field.slice(VARIABLE.length))
  const names = [...new Set([...known, ...added])].sort()
  const columns: readonly Column<string>[] = [
    {
      id: 'name',
      label: WORDS.name,
      isHeader: true,
      render: (name) => <code className="break-all">{name}</code>,
    },
    {
      id: 'value',
      label: WORDS.value,
      render: (name) => {
        const edited = edits[`${VARIABLE}${name}`]
        if (edited === undefined) return <span className="text-muted">{WORDS.kept}</span>
        return (
          <Badge tone={edited === null ? 'bad' : 'accent'}>
            {edited === null ? CONFIG_WORDS.removed : CONFIG_WORDS.newValue}
          </Badge>
        )
      },
    },
    {
      id: 'actions',
      label: WORDS.actions,
      className: 'w-px',
      render: (name) => {
        const field = `${VARIABLE}${name}`
        const isEdited = edits[field] !== undefined
        return (
          <span className="flex justify-end gap-1.5">
            <Button
              size="sm"
              needs="servers:write"
              aria-label={WORDS.changeHint(name)}
              onClick={() => setAsked(name)}
            >
              {WORDS.change}
            </Button>
            {isEdited ? (
              <Button
                size="sm"
                variant="ghost"
                icon={Undo2}
                aria-label={WORDS.undo(name)}
                onClick={() => onForget(field)}
              />
            ) : (
              <Button
                size="sm"
                variant="ghost"
                icon={Trash2}
                needs="servers:write"
                aria-label={WORDS.remove(name)}
                onClick={() => onEdit(field, null)}
              />
            )}
          </span>
        )
      },
    },
  ]
  return (
    <Card
      title={WORDS.title}
      description={WORDS.text}
      isFlush
      actions={
        <>
          <Button size="sm" needs="servers:write" onClick={() => setPasting(true)}>
            {WORDS.paste}
          </Button>
          <Button size="sm" icon={Plus} needs="servers:write" onClick={() => setAsked('')}>
            {WORDS.add}
          </Button>
        </>
      }
    >
      {names.length === 0 ? (
        <Empty
          title={WORDS.emptyTitle}
          text={WORDS.emptyText}
          cli={`haivemind set ${server.name} environment.NAME=value`}
        />
      ) : (
        <Table label={WORDS.title} columns={columns} items={names} keyOf={(name) => name} />
      )}
      {asked !== null && (
        <VariableDialog
          name={asked}
          onClose={() => setAsked(null)}
          onTake={(name, value) => {
            onEdit(`${VARIABLE}${name}`, value)
            setAsked(null)
          }}
        />
      )}
      {isPasting && (
        <PasteDialog
          server={server.name}
          onClose={() => setPasting(false)}
          onVariables={(variables) => {
            for (const { name, value } of variables) onEdit(`${VARIABLE}${name}`, value)
          }}
        />
      )}
    </Card>
  )
}

/** The fields are the browser's own: React writes what it controls into the document. */
function VariableDialog({
  name,
  onClose,
  onTake,
}: {
  readonly name: string
  readonly onClose: () => void
  readonly onTake: (name: string, value: string) => void
}) {
  const take = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    onTake(name === '' ? (data.get('name') as string) : name, data.get('value') as string)
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={name === '' ? WORDS.add : WORDS.changeHint(name)}
      description={WORDS.text}
    >
      <form className="flex flex-col gap-4" onSubmit={take}>
        {name === '' && (
          <TextField
            label={WORDS.name}
            name="name"
            required
            pattern="[A-Za-z_][A-Za-z0-9_]*"
            maxLength={128}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        <TextField label={WORDS.value} name="value" autoComplete="off" spellCheck={false} />
        <Button type="submit" variant="primary">
          {WORDS.take}
        </Button>
      </form>
    </Dialog>
  )
}

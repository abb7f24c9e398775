import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { parseDotEnv, type Variable } from '../../lib/dot-env.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextAreaField, TextField } from '../../parts/field.tsx'
import { Switch } from '../../parts/switch.tsx'
import { DEPLOY_WORDS as WORDS } from './words.ts'

export function EnvironmentTable({
  variables,
  onChange,
}: {
  readonly variables: readonly Variable[]
  readonly onChange: (variables: readonly Variable[]) => void
}) {
  const [isPasting, setPasting] = useState(false)
  const change = (at: number, part: Partial<Variable>) =>
    onChange(variables.map((variable, index) => (index === at ? { ...variable, ...part } : variable)))
  return (
    <Card
      title={WORDS.environment}
      actions={
        <>
          <Button size="sm" onClick={() => setPasting(true)}>
            {WORDS.paste}
          </Button>
          <Button
            size="sm"
            icon={Plus}
            onClick={() => onChange([...variables, { name: '', value: '', isSecret: false }])}
          >
            {WORDS.addVariable}
          </Button>
        </>
      }
    >
      {variables.length > 0 && (
        <ul className="flex flex-col gap-2">
          {variables.map((variable, at) => (
            // The place is what tells one row from another: names change while they are typed.
            <li key={at} className="flex flex-wrap items-center gap-2">
              <div className="min-w-32 flex-1">
                <TextField
                  label={WORDS.variable}
                  isLabelHidden
                  placeholder="NAME"
                  pattern="[A-Za-z_][A-Za-z0-9_]*"
                  spellCheck={false}
                  value={variable.name}
                  onChange={(event) => change(at, { name: event.target.value.trim() })}
                />
              </div>
              <div className="min-w-40 flex-2">
                <TextField
                  label={`${WORDS.value} ${variable.name}`}
                  isLabelHidden
                  placeholder={WORDS.value}
                  type={variable.isSecret ? 'password' : 'text'}
                  autoComplete="off"
                  spellCheck={false}
                  value={variable.value}
                  onChange={(event) => change(at, { value: event.target.value })}
                />
              </div>
              <Switch
                label={WORDS.isSecret}
                isOn={variable.isSecret}
                onChange={(isSecret) => change(at, { isSecret })}
              />
              <Button
                variant="ghost"
                size="sm"
                icon={Trash2}
                aria-label={WORDS.removeVariable(variable.name)}
                onClick={() => onChange(variables.filter((_, index) => index !== at))}
              />
            </li>
          ))}
        </ul>
      )}
      {isPasting && (
        <PasteDialog
          onClose={() => setPasting(false)}
          onTake={(pasted) => {
            const names = new Set(pasted.map(({ name }) => name))
            onChange([...variables.filter(({ name }) => !names.has(name)), ...pasted])
            setPasting(false)
          }}
        />
      )}
    </Card>
  )
}

function PasteDialog({
  onClose,
  onTake,
}: {
  readonly onClose: () => void
  readonly onTake: (variables: readonly Variable[]) => void
}) {
  const [text, setText] = useState('')
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.paste} description={WORDS.pasteText}>
      <div className="flex flex-col gap-4">
        <TextAreaField
          label={WORDS.environment}
          rows={8}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button variant="primary" onClick={() => onTake(parseDotEnv(text))}>
          {WORDS.take}
        </Button>
      </div>
    </Dialog>
  )
}

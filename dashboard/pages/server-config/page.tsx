import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { checkValue } from '../../lib/schema-form/check.ts'
import type { Json } from '../../lib/schema-form/schema.ts'
import { useUrlState } from '../../lib/search.ts'
import { useServer, useServerName } from '../../lib/use-server.ts'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { showToast } from '../../parts/toast.tsx'
import { Conflict } from './conflict.tsx'
import { JsonView } from './json-view.tsx'
import { Network } from './network.tsx'
import { noteWaiting, RestartNote } from './restart-note.tsx'
import { isConflict, SaveBar } from './save-bar.tsx'
import { Secrets } from './secrets.tsx'
import { SettingsForm, type Editing } from './settings-form.tsx'
import { decideWhen, edit, nest, type Edits } from './settings.ts'
import { usePatchSchema, useSave, useSettings, type Known } from './use-settings.ts'
import { Variables } from './variables.tsx'
import { CONFIG_WORDS as WORDS } from './words.ts'

export function Page() {
  const name = useServerName()
  const settings = useSettings(name)
  if (settings.data !== undefined) return <Configuration key={name} name={name} known={settings.data} />
  if (settings.error !== null)
    return <Problem error={settings.error} onRetry={() => void settings.refetch()} />
  return (
    <div className="flex flex-col gap-4">
      <Skeleton className="h-9 rounded-lg" />
      <Skeleton className="h-48 rounded-lg" />
      <Skeleton className="h-36 rounded-lg" />
    </div>
  )
}

function Configuration({ name, known }: { readonly name: string; readonly known: Known }) {
  const client = useQueryClient()
  const [{ tab }, set] = useUrlState({ tab: 'form' })
  const [edits, setEdits] = useState<Edits>({})
  const [isBroken, setBroken] = useState(false)
  const [isReviewing, setReviewing] = useState(false)
  const [opened, setOpened] = useState(known)
  const live = useServer() ?? known.server
  const schema = usePatchSchema()
  const save = useSave(name)
  const isClean = Object.keys(edits).length === 0 && !isBroken
  // What was edited keeps what it was edited on; a conflict is told when it is saved.
  const base = isClean ? known : opened
  const problems = useMemo(() => listProblems(schema, edits), [schema, edits])

  useEffect(() => {
    if (isClean && live.updated_at !== known.server.updated_at) {
      void client.invalidateQueries({ queryKey: ['settings-of', name] })
    }
  }, [client, isClean, known, live.updated_at, name])

  const change = (next: (edits: Edits) => Edits) => {
    if (isClean) setOpened(known)
    setEdits(next)
  }
  const reset = () => {
    setEdits({})
    setBroken(false)
    setReviewing(false)
    save.reset()
  }
  const editing: Editing = {
    base: base.settings,
    edits,
    server: live,
    problems,
    onEdit: (field: string, value: Json) => change((before) => edit(base.settings, before, field, value)),
  }
  const submit = () =>
    save.mutate(
      { edits, tag: base.tag },
      {
        onSuccess({ server, restart_required: isRestartDue }) {
          if (isRestartDue) noteWaiting(server, Object.keys(edits).filter(isWaiting))
          showToast(WORDS.saved)
          reset()
        },
        onError: (error) => {
          if (!isConflict(error)) return
          setReviewing(false)
          void client.invalidateQueries({ queryKey: ['settings-of', name] })
        },
      },
    )
  const forget = (field: string) =>
    change((before) => Object.fromEntries(Object.entries(before).filter(([each]) => each !== field)))
  return (
    <div className="flex flex-col gap-4">
      <RestartNote server={live} />
      {isConflict(save.error) && (
        <Conflict
          base={opened.settings}
          theirs={known.settings}
          edits={edits}
          onDrop={reset}
          onKeep={() => {
            setOpened(known)
            setEdits((before) =>
              Object.entries(before).reduce<Edits>(
                (kept, [field, value]) => edit(known.settings, kept, field, value),
                {},
              ),
            )
            save.reset()
          }}
        />
      )}
      <Tabs
        label={WORDS.tabs.label}
        value={tab}
        onChange={(next) => set({ tab: next }, 'push')}
        tabs={[
          { value: 'form', label: WORDS.tabs.form, content: <SettingsForm editing={editing} /> },
          {
            value: 'json',
            label: WORDS.tabs.json,
            content: (
              <JsonView editing={editing} onReplace={(next) => change(() => next)} onBroken={setBroken} />
            ),
          },
          {
            value: 'variables',
            label: WORDS.tabs.variables,
            content: (
              <div className="flex flex-col gap-4">
                <Secrets server={name} />
                <Variables editing={editing} onForget={forget} />
              </div>
            ),
          },
          { value: 'network', label: WORDS.tabs.network, content: <Network editing={editing} /> },
        ]}
      />
      <SaveBar
        base={base.settings}
        edits={edits}
        problems={problems}
        isBroken={isBroken}
        isBusy={save.isPending}
        error={save.error}
        isOpen={isReviewing}
        setOpen={setReviewing}
        onSave={submit}
        onDiscard={reset}
      />
    </div>
  )
}

/** Limits are left out: of them the platform tells what is in force. */
function isWaiting(field: string): boolean {
  return decideWhen(field) === 'nextStart' && !field.startsWith('resource_limits.')
}

/** By field, as the platform would say it; what only the platform can know it says when it is saved. */
function listProblems(schema: Parameters<typeof checkValue>[0] | undefined, edits: Edits) {
  const found = schema === undefined ? [] : checkValue(schema, nest(edits)).problems
  return new Map(
    found.map(({ path, message }) => {
      const words = path.split('/').filter((word) => word !== '' && !/^\d+$/.test(word))
      return [words.join('.'), message] as const
    }),
  )
}

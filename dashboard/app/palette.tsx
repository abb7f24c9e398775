/** Everything by its name: pages, servers, what can be done to them. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Boxes, Moon, Play, Plus, RotateCw, Square, type LucideIcon } from 'lucide-react'
import { useId, useMemo, useState } from 'react'
import { mayDo, useMe } from '../lib/me.ts'
import { serversQuery } from '../lib/queries.ts'
import { runVerb, type Verb } from '../lib/server-verbs.ts'
import { setTheme, THEMES, useTheme } from '../lib/theme.ts'
import { cn } from '../lib/cn.ts'
import { toApiError } from '../lib/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { controlClass } from '../parts/field.tsx'
import { Problem } from '../parts/problem.tsx'
import { showToast } from '../parts/toast.tsx'
import { rankItems } from './rank-items.ts'
import { hasScreen, NAV_SCREENS } from './screens.ts'
import { SHELL_WORDS } from './words.ts'

type Item = {
  readonly id: string
  readonly label: string
  readonly kind: string
  readonly icon: LucideIcon
  readonly run: () => unknown
}

const SHOWN = 12

export function Palette({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={SHELL_WORDS.palette} size="lg">
      <Search onClose={onClose} />
    </Dialog>
  )
}

function Search({ onClose }: { readonly onClose: () => void }) {
  const id = useId()
  const items = useItems()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [error, setError] = useState<unknown>(null)
  const found = useMemo(() => rankItems(items, text).slice(0, SHOWN), [items, text])
  const chosen = Math.min(at, found.length - 1)

  const run = async (item: Item | undefined) => {
    if (item === undefined) return
    try {
      await item.run()
      onClose()
    } catch (thrown) {
      setError(toApiError(thrown))
    }
  }
  return (
    <div className="flex flex-col gap-2">
      <input
        role="combobox"
        aria-label={SHELL_WORDS.search}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found[chosen] === undefined ? undefined : `${id}-${chosen}`}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        placeholder={SHELL_WORDS.search}
        value={text}
        className={cn(controlClass, 'h-9')}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
          setError(null)
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
          if (step !== 0) {
            event.preventDefault()
            setAt((chosen + step + found.length) % Math.max(found.length, 1))
          } else if (event.key === 'Enter') {
            event.preventDefault()
            void run(found[chosen])
          }
        }}
      />
      {error !== null && <Problem error={error} />}
      {found.length === 0 && (
        <p role="status" className="px-2 py-6 text-center text-muted">
          {SHELL_WORDS.paletteNothing}
        </p>
      )}
      <ul id={`${id}-list`} role="listbox" aria-label={SHELL_WORDS.palette} className="min-h-9">
        {found.map((item, index) => (
          <li
            key={item.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={cn(
              'flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm',
              index === chosen && 'bg-accent-soft text-accent',
            )}
            onPointerMove={() => setAt(index)}
            onClick={() => void run(item)}
          >
            <item.icon aria-hidden className="size-4 shrink-0" />
            <span className="min-w-0 flex-1 truncate">{item.label}</span>
            <span className="text-xs text-muted">{item.kind}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function useItems(): readonly Item[] {
  const navigate = useNavigate()
  const client = useQueryClient()
  const me = useMe()
  const theme = useTheme()
  const servers = useQuery(serversQuery).data
  return useMemo(() => {
    const go = (to: string) => () => navigate({ to } as never)
    const { kinds } = SHELL_WORDS
    const pages = NAV_SCREENS.map(({ path, label, nav }) => ({
      id: path,
      label,
      kind: kinds.page,
      icon: nav!.icon,
      run: go(path),
    }))
    const list = servers ?? []
    const names = list.map(({ name }) => ({
      id: `server ${name}`,
      label: name,
      kind: kinds.server,
      icon: Boxes,
      run: go(`/servers/${name}`),
    }))
    const verbs: readonly (readonly [Verb, LucideIcon, (status: string) => boolean])[] = [
      ['start', Play, (status) => status === 'stopped' || status === 'failed'],
      ['stop', Square, (status) => status !== 'stopped' && status !== 'failed'],
      ['restart', RotateCw, (status) => status === 'running' || status === 'backoff'],
    ]
    const mayChange = me !== null && mayDo(me, 'servers:write')
    const actions = !mayChange
      ? []
      : verbs.flatMap(([verb, icon, fits]) =>
          list
            .filter(({ status }) => fits(status))
            .map(({ name }) => ({
              id: `${verb} ${name}`,
              label: `${SHELL_WORDS.verbs[verb]} ${name}`,
              kind: kinds.action,
              icon,
              async run() {
                await runVerb(name, verb)
                showToast(`${name}: ${SHELL_WORDS.verbsDone[verb]}`)
                void client.invalidateQueries({ queryKey: ['servers'] })
              },
            })),
        )
    const themes = THEMES.filter((other) => other !== theme).map((other) => ({
      id: `theme ${other}`,
      label: `${SHELL_WORDS.theme}: ${SHELL_WORDS.themes[other]}`,
      kind: kinds.action,
      icon: Moon,
      run: () => setTheme(other),
    }))
    const deploy = hasScreen('/deploy')
      ? [{ id: 'deploy', label: SHELL_WORDS.deploy, kind: kinds.action, icon: Plus, run: go('/deploy') }]
      : []
    return [...pages, ...deploy, ...names, ...actions, ...themes]
  }, [client, me, navigate, servers, theme])
}

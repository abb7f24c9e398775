/** A log with all that belongs to it: search, levels, view, lines to copy. What it shows is in the address. */
import { ScrollText } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useUrlState } from '../../lib/search.ts'
import { markable, SEARCH_MODES, type Wanted } from '../../lib/log/highlight.ts'
import { parseLineLink, renderLineLink } from '../../lib/log/line-link.ts'
import { prettyJson, type LogEntry } from '../../lib/log/log-entry.ts'
import type { LogModel } from '../../lib/log/log-model.ts'
import { useLogSettings } from '../../lib/log/settings.ts'
import { ListStates } from '../list-states.tsx'
import { Empty } from '../empty.tsx'
import { Problem } from '../problem.tsx'
import { SkeletonRows } from '../skeleton.tsx'
import { showToast } from '../toast.tsx'
import { LogFooter } from './log-footer.tsx'
import { LogToolbar } from './log-toolbar.tsx'
import { LogViewport, type LogViewportHandle, type Selection } from './log-viewport.tsx'
import { useLogModel } from './use-log-model.ts'
import { useLogSearch } from './use-log-search.ts'
import { LOG_WORDS } from './words.ts'

const URL_DEFAULTS = { stream: '', levels: '', find: '', as: '', case: '', only: '', line: '' }
export type LogUrl = Readonly<Record<keyof typeof URL_DEFAULTS, string>>

export function LogPanel({ servers }: { readonly servers: readonly string[] }) {
  const [url, setUrl] = useUrlState(URL_DEFAULTS)
  const wanted = readWanted(url)
  // Only what is written out can be asked for as a filter.
  const grep = url.only === '' || wanted.mode !== 'literal' ? '' : url.find
  const model = useLogModel({ servers, stream: url.stream, levels: url.levels, grep })
  const isWhole = servers.length === 1 && url.stream === '' && url.levels === '' && grep === ''
  return (
    <div className="flex h-[calc(100dvh-15rem)] min-h-96 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-raised">
      {model === null ? (
        <SkeletonRows count={12} className="h-3" />
      ) : (
        <OpenLog key={servers.join(',')} {...{ model, servers, isWhole, wanted, url, setUrl }} />
      )}
    </div>
  )
}

function OpenLog({
  model,
  servers,
  isWhole,
  wanted,
  url,
  setUrl,
}: {
  readonly model: LogModel
  readonly servers: readonly string[]
  readonly isWhole: boolean
  readonly wanted: Wanted
  readonly url: LogUrl
  readonly setUrl: (change: Partial<LogUrl>) => void
}) {
  const snapshot = useSyncExternalStore(model.subscribe, model.snapshot)
  const [settings, setSettings] = useLogSettings()
  const search = useLogSearch(model, isWhole ? servers[0]! : null, wanted)
  const [isFollowing, setFollowing] = useState(url.line === '')
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  const [lostLine, setLostLine] = useState(false)
  const view = useRef<LogViewportHandle>(null)
  const isOne = servers.length === 1

  const selection = useMemo(() => {
    const link = parseLineLink(url.line)
    if (link === null || snapshot.isLoading) return null
    const server = link.server ?? servers[0]!
    const from = model.indexOf(server, link.from)
    const to = model.indexOf(server, link.to)
    return from === null || to === null ? null : { from, to }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- rows get other numbers only when some come in front
  }, [url.line, model, snapshot.isLoading, snapshot.prepended])

  // A link to a line leads to it, once for each time it is opened.
  const isReady = !snapshot.isLoading
  useEffect(() => {
    if (!isReady || url.line === '') return
    setLostLine(selection === null)
    if (selection !== null) view.current?.scrollTo(selection.from)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- later changes of the line come from the reader's own hand
  }, [isReady, model])

  const select = useCallback(
    (next: Selection | null) => {
      const from = next === null ? undefined : model.at(next.from)
      const to = next === null ? undefined : model.at(next.to)
      setLostLine(false)
      if (!from || !to) return setUrl({ line: '' })
      const isSameServer = from.server === to.server
      const end = isSameServer ? to : from
      setUrl({
        line: renderLineLink({ server: isOne ? null : from.server, from: from.cursor, to: end.cursor }),
      })
    },
    [model, setUrl, isOne],
  )
  const goTo = (index: number | null) => {
    if (index === null) return
    view.current?.scrollTo(index)
  }
  const toggleJson = (index: number) => {
    const text = model.at(index)?.text
    if (text === undefined || prettyJson(text) === null) return
    const next = new Set(open)
    if (!next.delete(index)) next.add(index)
    setOpen(next)
  }
  const copy = async (range: Selection) => {
    const lines = await collect(model, range)
    await navigator.clipboard.writeText(lines.map(({ text }) => text).join('\n'))
    showToast(LOG_WORDS.copied)
  }
  const onKey = (key: string) => {
    if (key === 'n') void search.step(1).then(goTo)
    else if (key === 'N') void search.step(-1).then(goTo)
    else if (selection !== null && key === 'c') void copy(selection)
    else if (selection !== null && key === 'j') toggleJson(selection.from)
    else if (key === 'Escape') select(null)
  }
  const words = describeFilter(url)

  return (
    <>
      <LogToolbar
        {...{
          model,
          servers,
          url,
          setUrl,
          wanted,
          isWhole,
          selection,
          search,
          settings,
          setSettings,
          isFollowing,
          goTo,
          select,
        }}
      />
      {search.error !== null && (
        <div className="p-2">
          <Problem error={search.error} />
        </div>
      )}
      {!isWhole && wanted.mode !== 'literal' && url.find !== '' && (
        <p className="border-b border-line bg-warn-soft px-3 py-1.5 text-sm text-warn">
          {LOG_WORDS.patternsNeedWhole}
        </p>
      )}
      {lostLine && (
        <p className="border-b border-line bg-warn-soft px-3 py-1.5 text-sm text-warn">
          {LOG_WORDS.lineGone}
        </p>
      )}
      {snapshot.count > 0 && snapshot.error !== null && (
        <div className="p-2">
          <Problem error={snapshot.error} />
        </div>
      )}
      <ListStates
        query={{
          isPending: snapshot.isLoading,
          error: snapshot.count > 0 ? null : snapshot.error,
          refetch: () => location.reload(),
        }}
        count={snapshot.count}
        filter={
          words === null ? null : { words, onClear: () => setUrl({ stream: '', levels: '', only: '' }) }
        }
        skeleton={<SkeletonRows count={12} className="h-3" />}
        empty={
          <Empty
            icon={ScrollText}
            title={LOG_WORDS.empty}
            text={LOG_WORDS.emptyText}
            cli={`haivemind logs ${servers[0] ?? ''} -f`}
          />
        }
      >
        <LogViewport
          model={model}
          label={LOG_WORDS.log(servers)}
          settings={settings}
          needle={markable(wanted)}
          selection={selection}
          hit={search.row}
          open={open}
          hasServer={!isOne}
          startsAtEnd={url.line === ''}
          onSelect={select}
          onFollow={setFollowing}
          onKey={onKey}
          handle={view}
        />
      </ListStates>
      <LogFooter
        {...{ model, selection, isOne, open, copy, toggleJson }}
        visible={() => view.current?.visible() ?? { from: 0, to: 0 }}
        onDeselect={() => select(null)}
      />
    </>
  )
}

function readWanted(url: LogUrl): Wanted {
  return {
    text: url.find,
    mode: SEARCH_MODES.find((mode) => mode === url.as) ?? 'literal',
    isCaseSensitive: url.case !== '',
  }
}

function describeFilter({ stream, levels, only, find }: LogUrl): string | null {
  const parts = [
    stream === '' ? '' : `${LOG_WORDS.stream} ${stream}`,
    levels === '' ? '' : `${LOG_WORDS.levels} ${levels.replaceAll(',', ', ')}`,
    only === '' || find === '' ? '' : `“${find}”`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : parts.join(', ')
}

const MAX_COPIED = 20_000
const LOAD_TRIES = 100
const LOAD_MS = 50

/** Lines that are on their way are waited for. */
async function collect(model: LogModel, { from, to }: Selection): Promise<readonly LogEntry[]> {
  const [low, high] = [Math.min(from, to), Math.min(Math.max(from, to), Math.min(from, to) + MAX_COPIED - 1)]
  const rows = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  for (let tries = 0; tries < LOAD_TRIES && rows.some((index) => model.at(index) === undefined); tries += 1) {
    model.want(low, high)
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS))
  }
  return rows.flatMap((index) => model.at(index) ?? [])
}

import { ChevronDown, ChevronUp, Clock, Regex, SlidersHorizontal, X } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore, type FormEvent } from 'react'
import { cn } from '../../lib/cn.ts'
import { SEARCH_MODES, type Wanted } from '../../lib/log/highlight.ts'
import { LEVELS } from '../../lib/log/log-entry.ts'
import type { LogModel } from '../../lib/log/log-model.ts'
import { openLogSource, type FollowState } from '../../lib/log/log-source.ts'
import { TIME_FORMS, type LogSettings } from '../../lib/log/settings.ts'
import { Button } from '../button.tsx'
import { SelectField, TextField } from '../field.tsx'
import { Popover } from '../popover.tsx'
import { Switch } from '../switch.tsx'
import { DownloadMenu } from './download-menu.tsx'
import type { LogUrl } from './log-panel.tsx'
import type { Selection } from './log-viewport.tsx'
import { parseLevels } from './use-log-model.ts'
import type { LogSearch } from './use-log-search.ts'
import { LOG_WORDS } from './words.ts'

/** Typing asks once, when it rests. */
const REST_MS = 250

type Props = {
  readonly model: LogModel
  readonly servers: readonly string[]
  readonly url: LogUrl
  readonly setUrl: (change: Partial<LogUrl>) => void
  readonly wanted: Wanted
  /** One log, with nothing left out. */
  readonly isWhole: boolean
  readonly selection: Selection | null
  readonly search: LogSearch
  readonly settings: LogSettings
  readonly setSettings: (change: Partial<LogSettings>) => void
  readonly isFollowing: boolean
  readonly goTo: (index: number | null) => void
  readonly select: (selection: Selection | null) => void
}

export function LogToolbar(props: Props) {
  const { model, url, setUrl, isFollowing } = props
  const { state } = useSyncExternalStore(model.subscribe, model.snapshot)
  return (
    <div
      className="flex flex-wrap items-center gap-2 border-b border-line px-2 py-1.5"
      role="toolbar"
      aria-label={LOG_WORDS.view}
    >
      <SearchBox {...props} />
      <div className="w-36">
        <SelectField
          label={LOG_WORDS.stream}
          isLabelHidden
          value={url.stream}
          onChange={(event) => setUrl({ stream: event.target.value, line: '' })}
          options={[
            { value: '', label: LOG_WORDS.allStreams },
            { value: 'stdout', label: 'stdout' },
            { value: 'stderr', label: 'stderr' },
            { value: 'platform', label: 'platform' },
          ]}
        />
      </div>
      <LevelPicker levels={url.levels} onChange={(levels) => setUrl({ levels, line: '' })} />
      <JumpBox {...props} />
      <ViewMenu {...props} />
      <DownloadMenu {...props} />
      <StateMark state={state} isFollowing={isFollowing} />
    </div>
  )
}

function SearchBox({ url, setUrl, search, goTo, wanted }: Props) {
  const [text, setText] = useState(url.find)
  useEffect(() => {
    if (text === url.find) return
    const timer = setTimeout(() => setUrl({ find: text, ...(text === '' ? { only: '' } : {}) }), REST_MS)
    return () => clearTimeout(timer)
  }, [text, url.find, setUrl])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void search.step(1).then(goTo)
  }
  return (
    <form role="search" className="flex min-w-48 flex-1 items-center gap-1" onSubmit={submit}>
      <div className="min-w-0 flex-1">
        <TextField
          label={LOG_WORDS.search}
          isLabelHidden
          type="search"
          placeholder={LOG_WORDS.searchHint}
          value={text}
          maxLength={1000}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !event.shiftKey) return
            event.preventDefault()
            void search.step(-1).then(goTo)
          }}
        />
      </div>
      <Popover
        trigger={
          <Button
            variant={url.as === '' && url.case === '' ? 'ghost' : 'secondary'}
            icon={Regex}
            aria-label={LOG_WORDS.searchOptions}
          />
        }
        label={LOG_WORDS.searchOptions}
      >
        <div className="flex w-56 flex-col gap-2">
          <SelectField
            label={LOG_WORDS.mode}
            description={LOG_WORDS.modeNotes[wanted.mode]}
            value={wanted.mode}
            onChange={(event) => {
              const mode = event.target.value
              setUrl({ as: mode === 'literal' ? '' : mode, ...(mode === 'literal' ? {} : { only: '' }) })
            }}
            options={SEARCH_MODES.map((mode) => ({ value: mode, label: LOG_WORDS.modes[mode] }))}
          />
          <Switch
            label={LOG_WORDS.caseMatters}
            isOn={wanted.isCaseSensitive}
            onChange={(isOn) => setUrl({ case: isOn ? '1' : '' })}
          />
        </div>
      </Popover>
      {url.find !== '' && (
        <>
          <output className="px-1 text-xs whitespace-nowrap text-muted tabular-nums" aria-live="polite">
            {search.isBusy && search.count === 0
              ? LOG_WORDS.searching
              : LOG_WORDS.matches(search.at, search.count, search.isMore)}
          </output>
          {search.isBusy && (
            <Button
              variant="ghost"
              size="sm"
              icon={X}
              aria-label={LOG_WORDS.stopSearch}
              onClick={search.stop}
            />
          )}
          <Button
            variant="ghost"
            size="sm"
            icon={ChevronUp}
            aria-label={LOG_WORDS.previous}
            onClick={() => void search.step(-1).then(goTo)}
          />
          <Button
            variant="ghost"
            size="sm"
            icon={ChevronDown}
            aria-label={LOG_WORDS.next}
            onClick={() => void search.step(1).then(goTo)}
          />
        </>
      )}
    </form>
  )
}

function LevelPicker({
  levels,
  onChange,
}: {
  readonly levels: string
  readonly onChange: (levels: string) => void
}) {
  const chosen = parseLevels(levels)
  const label =
    chosen.length === 0 ? LOG_WORDS.levels : chosen.map((level) => LOG_WORDS.level[level]).join(', ')
  return (
    <Popover trigger={<Button size="md">{label}</Button>} label={LOG_WORDS.levels}>
      <div className="flex flex-col gap-1.5">
        {LEVELS.map((level) => (
          <Switch
            key={level}
            label={LOG_WORDS.level[level]}
            isOn={chosen.includes(level)}
            onChange={(isOn) =>
              onChange(LEVELS.filter((one) => (one === level ? isOn : chosen.includes(one))).join(','))
            }
          />
        ))}
        <p className="mt-1 max-w-48 text-xs text-muted">{LOG_WORDS.levelNote}</p>
      </div>
    </Popover>
  )
}

function JumpBox({ model, servers, goTo, select }: Props) {
  const [time, setTime] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const jump = async (event: FormEvent) => {
    event.preventDefault()
    const wanted = new Date(time)
    if (Number.isNaN(wanted.getTime())) return
    for (const server of servers) {
      const [line] = await openLogSource(server).read({ since: wanted.toISOString(), limit: 1 })
      const index = line === undefined ? null : model.indexOf(server, line.cursor)
      if (index === null) continue
      setProblem(null)
      goTo(index)
      return select({ from: index, to: index })
    }
    setProblem(LOG_WORDS.noTime)
  }
  return (
    <Popover trigger={<Button icon={Clock} aria-label={LOG_WORDS.jump} />} label={LOG_WORDS.jump}>
      <form className="flex items-end gap-2" onSubmit={(event) => void jump(event)}>
        <TextField
          label={LOG_WORDS.jump}
          type="datetime-local"
          step={1}
          value={time}
          error={problem}
          onChange={(event) => setTime(event.target.value)}
        />
        <Button type="submit">{LOG_WORDS.go}</Button>
      </form>
    </Popover>
  )
}

function ViewMenu({ settings, setSettings, url, setUrl, wanted }: Props) {
  return (
    <Popover trigger={<Button icon={SlidersHorizontal}>{LOG_WORDS.view}</Button>} label={LOG_WORDS.view}>
      <div className="flex min-w-48 flex-col gap-2">
        <Switch
          label={LOG_WORDS.wrap}
          isOn={settings.isWrapped}
          onChange={(isWrapped) => setSettings({ isWrapped })}
        />
        <Switch
          label={LOG_WORDS.colours}
          isOn={settings.hasColours}
          onChange={(hasColours) => setSettings({ hasColours })}
        />
        <Switch
          label={LOG_WORDS.onlyMatches}
          isOn={url.only !== ''}
          isDisabled={url.find === '' || wanted.mode !== 'literal' || wanted.isCaseSensitive}
          onChange={(isOn) => setUrl({ only: isOn ? '1' : '', line: '' })}
        />
        <SelectField
          label={LOG_WORDS.times}
          value={settings.times}
          onChange={(event) =>
            setSettings({ times: TIME_FORMS.find((form) => form === event.target.value) ?? 'local' })
          }
          options={TIME_FORMS.map((form) => ({ value: form, label: LOG_WORDS.timeForms[form] }))}
        />
      </div>
    </Popover>
  )
}

const STATE_CLASS: Readonly<Record<FollowState, string>> = {
  live: 'bg-good',
  connecting: 'bg-idle',
  reconnecting: 'bg-warn',
  ended: 'bg-bad',
}

function StateMark({ state, isFollowing }: { readonly state: FollowState; readonly isFollowing: boolean }) {
  const word = state === 'live' ? (isFollowing ? LOG_WORDS.following : LOG_WORDS.paused) : LOG_WORDS[state]
  return (
    <span
      className="inline-flex items-center gap-1.5 px-1 text-xs whitespace-nowrap text-muted"
      role="status"
      data-log-state={state}
    >
      <span aria-hidden className={cn('size-2 rounded-full', STATE_CLASS[state])} />
      {word}
    </span>
  )
}

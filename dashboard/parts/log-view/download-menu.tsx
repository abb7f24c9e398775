import { Download } from 'lucide-react'
import { useState } from 'react'
import { buildUrl } from '../../lib/api.ts'
import { Button, buttonClass } from '../button.tsx'
import { SelectField } from '../field.tsx'
import { Popover } from '../popover.tsx'
import { Switch } from '../switch.tsx'
import type { LogModel } from '../../lib/log/log-model.ts'
import type { LogUrl } from './log-panel.tsx'
import type { Selection } from './log-viewport.tsx'
import { parseLevels } from './use-log-model.ts'
import { LOG_WORDS } from './words.ts'

/** The log as a file, as it is filtered: made by the platform, so that its size does not matter here. */
export function DownloadMenu({
  model,
  servers,
  url,
  selection,
}: {
  readonly model: LogModel
  readonly servers: readonly string[]
  readonly url: LogUrl
  readonly selection: Selection | null
}) {
  const [format, setFormat] = useState<'text' | 'ndjson'>('text')
  const [isPacked, setPacked] = useState(false)
  const [isPart, setPart] = useState(false)
  const levels = parseLevels(url.levels)
  const from = selection === null ? null : model.placeOf(Math.min(selection.from, selection.to))
  const to = selection === null ? null : model.placeOf(Math.max(selection.from, selection.to))
  const part = from !== null && to !== null && from.server === to.server ? { from, to } : null
  const ranges = LOG_WORDS.downloadRanges(part === null ? null : part.to.cursor - part.from.cursor + 1)
  const link = (server: string) =>
    buildUrl(`/servers/${encodeURIComponent(server)}/logs/download`, {
      format,
      ...(isPacked ? { gz: true } : {}),
      ...(url.stream === '' ? {} : { stream: url.stream }),
      ...(levels.length === 1 ? { level: levels[0] } : {}),
      ...(url.only === '' || url.find === '' ? {} : { grep: url.find }),
      ...(isPart && part !== null ? { after: part.from.cursor - 1, before: part.to.cursor + 1 } : {}),
    })
  const offered = isPart && part !== null ? [part.from.server] : servers
  const words = [
    url.stream === '' ? '' : `${LOG_WORDS.stream} ${url.stream}`,
    levels.length === 1 ? LOG_WORDS.level[levels[0]!] : '',
    url.only === '' || url.find === '' ? '' : `“${url.find}”`,
  ].filter((word) => word !== '')
  return (
    <Popover trigger={<Button icon={Download} aria-label={LOG_WORDS.download} />} label={LOG_WORDS.download}>
      <div className="flex w-60 flex-col gap-3">
        <SelectField
          label={LOG_WORDS.downloadRange}
          value={isPart && part !== null ? 'selected' : 'all'}
          onChange={(event) => setPart(event.target.value === 'selected')}
          options={[
            { value: 'all', label: ranges.all },
            { value: 'selected', label: ranges.selected, disabled: part === null },
          ]}
        />
        <SelectField
          label={LOG_WORDS.downloadFormat}
          value={format}
          onChange={(event) => setFormat(event.target.value === 'ndjson' ? 'ndjson' : 'text')}
          options={(['text', 'ndjson'] as const).map((value) => ({
            value,
            label: LOG_WORDS.downloadFormats[value],
          }))}
        />
        <Switch label={LOG_WORDS.compress} isOn={isPacked} onChange={setPacked} />
        {words.length > 0 && (
          <p className="text-xs text-muted">{LOG_WORDS.downloadFilter(words.join(', '))}</p>
        )}
        {levels.length > 1 && <p className="text-xs text-muted">{LOG_WORDS.downloadOneLevel}</p>}
        {offered.map((server) => (
          <a key={server} href={link(server)} download className={buttonClass('primary')}>
            <Download aria-hidden className="size-4" />
            {LOG_WORDS.downloadOf(server)}
          </a>
        ))}
      </div>
    </Popover>
  )
}

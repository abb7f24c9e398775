/* oxlint-disable react/exhaustive-effect-dependencies -- the canvas is drawn by a library that React knows nothing of */
/** Numbers over time: as a picture, as a sentence, as a table, as a file. */
import { Download, Table2, ChartLine } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { renderCsv, summarize, thin, type ChartData, type Mark } from '../../lib/chart/series.ts'
import { cn } from '../../lib/cn.ts'
import { download } from '../../lib/download.ts'
import { formatClock, formatTime } from '../../lib/format.ts'
import { Button } from '../button.tsx'
import { Card } from '../card.tsx'
import { Table } from '../table.tsx'
import { alignData, buildPlot } from './build-plot.ts'
import { LINE_CLASSES, useColours } from './use-colours.ts'
import { CHART_WORDS } from './words.ts'

const TABLE_ROWS = 200

export type ChartProps = {
  readonly title: string
  readonly description?: string
  readonly data: ChartData
  /** Seconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly marks?: readonly Mark[]
  /** Charts with the same key show their cursor at the same time. */
  readonly syncKey: string
  readonly onZoom: (from: number, to: number) => void
}

const toTime = (seconds: number) => new Date(seconds * 1000).toISOString()

export function Chart(props: ChartProps) {
  const { title, description, data, marks = [] } = props
  const [isTable, setTable] = useState(false)
  const [cursor, setCursor] = useState<number | null>(null)
  const isEmpty = !data.series.some(({ values }) => values.some((value) => value !== null))
  const summary = useMemo(() => summarize(data, (seconds) => formatTime(toTime(seconds))), [data])
  return (
    <Card
      title={title}
      {...(description === undefined ? {} : { description })}
      actions={
        <>
          <Button
            variant="ghost"
            size="sm"
            icon={isTable ? ChartLine : Table2}
            aria-label={isTable ? CHART_WORDS.showChart(title) : CHART_WORDS.showTable(title)}
            onClick={() => setTable(!isTable)}
          />
          <Button
            variant="ghost"
            size="sm"
            icon={Download}
            aria-label={CHART_WORDS.saveCsv(title)}
            onClick={() =>
              download(
                `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.csv`,
                renderCsv(data),
                'text/csv',
              )
            }
          />
        </>
      }
      isFlush={isTable}
    >
      {isTable ? (
        <ChartTable title={title} data={data} />
      ) : (
        <figure data-chart={title}>
          <Legend data={data} cursor={cursor} />
          {isEmpty ? (
            <p className="grid h-[180px] place-items-center text-sm text-muted">{CHART_WORDS.nothing}</p>
          ) : (
            <Plot {...props} marks={marks} onCursor={setCursor} />
          )}
          <figcaption className="sr-only">
            {summary} {marks.map(({ time, label }) => `${label}: ${formatTime(toTime(time))}.`).join(' ')}
          </figcaption>
        </figure>
      )}
    </Card>
  )
}

function Legend({ data, cursor }: { readonly data: ChartData; readonly cursor: number | null }) {
  const at = cursor === null ? data.times.length - 1 : cursor
  const time = data.times[at]
  return (
    <p className="mb-1 flex min-h-5 flex-wrap items-center gap-x-4 text-xs text-muted">
      {data.series.map(({ label, values, format, isLimit, line }, index) => (
        <span key={label} className="inline-flex items-center gap-1.5">
          <span
            aria-hidden
            className={cn(
              'w-3 border-t-2',
              LINE_CLASSES[(line ?? index) % LINE_CLASSES.length],
              'border-current',
              isLimit && 'border-dashed',
            )}
          />
          {label}
          <span className="font-medium text-text tabular-nums">
            {values[at] === null || values[at] === undefined ? CHART_WORDS.none : format(values[at])}
          </span>
        </span>
      ))}
      {cursor !== null && time !== undefined && (
        <span className="ml-auto tabular-nums">{formatClock(toTime(time))}</span>
      )}
    </p>
  )
}

function Plot({
  data,
  from,
  to,
  marks,
  syncKey,
  onZoom,
  onCursor,
}: ChartProps & { readonly marks: readonly Mark[]; readonly onCursor: (index: number | null) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const palette = useRef<HTMLSpanElement>(null)
  const plot = useRef<uPlot | null>(null)
  const colours = useColours(palette)
  const latest = useRef({ data, marks, range: [from, to] as const, onZoom, onCursor })
  useLayoutEffect(() => {
    latest.current = { data, marks, range: [from, to] as const, onZoom, onCursor }
  })
  const shape = data.series.map(({ label, isLimit }) => `${label}${isLimit === true}`).join('|')

  useEffect(() => {
    if (colours === null || box.current === null) return
    const made = new uPlot(
      buildPlot({
        data: latest.current.data,
        colours,
        width: box.current.clientWidth,
        marks: () => latest.current.marks,
        range: () => latest.current.range,
        syncKey,
        onZoom: (start, end) => latest.current.onZoom(start, end),
        onCursor: (index) => latest.current.onCursor(index),
      }),
      alignData(latest.current.data),
      box.current,
    )
    plot.current = made
    const watch = new ResizeObserver(([entry]) =>
      made.setSize({ width: entry!.contentRect.width, height: made.height }),
    )
    watch.observe(box.current)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [colours, shape, syncKey])

  useEffect(() => plot.current?.setData(alignData(data)), [data, from, to])
  useEffect(() => plot.current?.redraw(false, true), [marks])

  return (
    <>
      <Palette of={palette} />
      <div ref={box} aria-hidden className="h-[180px] min-w-0 overflow-hidden" />
    </>
  )
}

/** Elements whose only use is to be asked for their colour: a canvas knows no classes. */
function Palette({ of }: { readonly of: RefObject<HTMLSpanElement | null> }) {
  return (
    <span ref={of} hidden>
      {LINE_CLASSES.map((name) => (
        <span key={name} className={name} />
      ))}
      <span className="text-muted" />
      <span className="text-line" />
      <span className="text-muted" />
    </span>
  )
}

function ChartTable({ title, data }: { readonly title: string; readonly data: ChartData }) {
  const shown = thin(data, TABLE_ROWS)
  const rows = shown.times.map((_, index) => index).toReversed()
  return (
    <div className="max-h-80 overflow-y-auto">
      <Table
        label={title}
        items={rows}
        keyOf={String}
        columns={[
          {
            id: 'time',
            label: CHART_WORDS.time,
            isHeader: true,
            render: (index) => formatTime(toTime(shown.times[index]!)),
          },
          ...shown.series.map(({ label, values, format }) => ({
            id: label,
            label,
            isNumber: true,
            render: (index: number) => {
              const value = values[index]
              return value === null || value === undefined ? CHART_WORDS.none : format(value)
            },
          })),
        ]}
      />
      {shown.times.length < data.times.length && (
        <p className="px-3 py-2 text-xs text-muted">
          {CHART_WORDS.thinned(shown.times.length, data.times.length)}
        </p>
      )}
    </div>
  )
}

import type uPlot from 'uplot'
import type { ChartData, Mark } from '../../lib/chart/series.ts'
import type { Colours } from './use-colours.ts'

const HEIGHT = 180
const MARK_DASH = [3, 3]
/** Bytes are read in powers of two. */
const POWERS = Array.from({ length: 50 }, (_, power) => 2 ** power)
const DAY_SECONDS = 86_400
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const SECOND = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })

function formatTick(time: number, increment: number): string {
  const format = increment >= DAY_SECONDS / 2 ? DAY : increment < 60 ? SECOND : CLOCK
  return format.format(time * 1000)
}

type PlotInput = {
  readonly data: ChartData
  readonly colours: Colours
  readonly width: number
  /** Read at each drawing: marks come later than the numbers. */
  readonly marks: () => readonly Mark[]
  readonly range: () => readonly [from: number, to: number]
  readonly syncKey: string
  readonly onZoom: (from: number, to: number) => void
  readonly onCursor: (index: number | null) => void
}

export function buildPlot({
  data,
  colours,
  width,
  marks,
  range,
  syncKey,
  onZoom,
  onCursor,
}: PlotInput): uPlot.Options {
  const format = data.series[0]?.format ?? String
  const isBytes = data.series[0]?.unit.startsWith('bytes') === true
  const axis = {
    stroke: colours.text,
    font: '11px system-ui, sans-serif',
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1, size: 4 },
  }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: () => [...range()] },
      // From zero: a chart that begins elsewhere makes much of little.
      y: { range: (_, __, max) => [0, max === null || max <= 0 ? 1 : max * 1.08] },
    },
    axes: [
      {
        ...axis,
        space: 70,
        values: (_, splits, __, ___, increment) => splits.map((time) => formatTick(time, increment)),
      },
      {
        ...axis,
        size: 66,
        space: 32,
        values: (_, splits) => splits.map((value) => format(value)),
        ...(isBytes ? { incrs: POWERS } : {}),
      },
    ],
    series: [
      {},
      ...data.series.map((series, index) => {
        const stroke = colours.lines[(series.line ?? index) % colours.lines.length]!
        return {
          label: series.label,
          stroke,
          width: series.isLimit === true ? 1 : 1.5,
          spanGaps: false,
          points: { show: false },
          ...(series.isLimit === true ? { dash: [6, 4] } : {}),
          ...(index === 0 && data.series.length <= 2 ? { fill: withAlpha(stroke, 0.1) } : {}),
        }
      }),
    ],
    cursor: {
      y: false,
      sync: { key: syncKey, setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 6 },
    },
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select
          if (wide < 6) return
          onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + wide, 'x'))
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
      draw: [(plot) => drawMarks(plot, marks(), colours)],
    },
  }
}

function drawMarks(plot: uPlot, marks: readonly Mark[], { mark }: Colours): void {
  const { ctx, bbox } = plot
  const { min = 0, max = 0 } = plot.scales['x']!
  ctx.save()
  ctx.strokeStyle = mark
  ctx.fillStyle = mark
  ctx.setLineDash(MARK_DASH)
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`
  for (const { time, label } of marks) {
    if (time < min || time > max) continue
    const x = Math.round(plot.valToPos(time, 'x', true)) + 0.5
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.fillText(label, x + 3 * devicePixelRatio, bbox.top + 10 * devicePixelRatio)
  }
  ctx.restore()
}

/** `rgb(1, 2, 3)` as the browser computes it, made translucent. */
function withAlpha(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)
}

export function alignData({ times, series }: ChartData): uPlot.AlignedData {
  return [times as number[], ...series.map(({ values }) => values as (number | null)[])]
}

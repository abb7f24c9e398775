/** Parts by themselves, with more in them than a test could make a real server say in time. */
import { createRoot } from 'react-dom/client'
import uPlot from 'uplot'
import type { LogEntry } from '../../dashboard/lib/log/log-entry.ts'
import { NEW_SNAPSHOT, type LogModel } from '../../dashboard/lib/log/log-model.ts'
import { alignData, buildPlot } from '../../dashboard/parts/chart/build-plot.ts'
import { LogViewport } from '../../dashboard/parts/log-view/log-viewport.tsx'

const COLOURS = {
  lines: ['rgb(68, 80, 201)', 'rgb(22, 112, 61)'],
  text: 'rgb(0, 0, 0)',
  grid: 'rgb(220, 220, 220)',
  mark: 'rgb(90, 90, 90)',
}

/** Milliseconds that each of some redraws of a chart took. */
export async function measureRedraws(
  box: HTMLElement,
  points: number,
  turns: number,
): Promise<readonly number[]> {
  const times = Array.from({ length: points }, (_, index) => 1_700_000_000 + index * 10)
  const wave = (shift: number) =>
    times.map((_, index) => (index % 997 === 0 ? null : 50 + 40 * Math.sin((index + shift) / 60)))
  const series = (shift: number) => [
    { label: 'a', values: wave(shift), format: String, unit: 'x' },
    { label: 'b', values: wave(shift + 90), format: String, unit: 'x' },
  ]
  const plot = new uPlot(
    buildPlot({
      data: { times, series: series(0) },
      colours: COLOURS,
      width: 900,
      marks: () => [{ time: times[points >> 1]!, label: 'v2' }],
      range: () => [times[0]!, times.at(-1)!],
      syncKey: 'bench',
      onZoom: () => {},
      onCursor: () => {},
    }),
    alignData({ times, series: series(0) }),
    box,
  )
  const took: number[] = []
  for (let turn = 1; turn <= turns; turn += 1) {
    const data = alignData({ times, series: series(turn) })
    const began = performance.now()
    plot.setData(data)
    // It draws in a microtask.
    await Promise.resolve()
    took.push(performance.now() - began)
    await new Promise(requestAnimationFrame)
  }
  plot.destroy()
  return took
}

/** A log of so many lines, all of them at hand. */
export function mountLog(box: HTMLElement, count: number): void {
  const snapshot = { ...NEW_SNAPSHOT, count, isLoading: false, state: 'live' as const }
  const at = (index: number): LogEntry => ({
    cursor: index + 1,
    time: 1_700_000_000_000 + index,
    stream: 'stderr',
    text: `INFO line ${index + 1} \u001b[32mok\u001b[0m`,
    server: 'big',
  })
  const model: LogModel = {
    at,
    want: () => {},
    indexOf: (_, cursor) => cursor - 1,
    placeOf: (index) => ({ server: 'big', cursor: index + 1 }),
    snapshot: () => snapshot,
    subscribe: () => () => {},
    close: () => {},
  }
  createRoot(box).render(
    <LogViewport
      model={model}
      label="big"
      settings={{ isWrapped: false, hasColours: true, times: 'local' }}
      needle=""
      selection={null}
      hit={null}
      open={new Set()}
      hasServer={false}
      startsAtEnd
      onSelect={() => {}}
      onFollow={() => {}}
      onKey={() => {}}
      handle={null}
    />,
  )
}

type Frames = { readonly median: number; readonly blank: number }

/** How long a frame takes while it is scrolled from one end to the other, and in how many no row was in view. */
export async function measureFrames(box: HTMLElement, frames: number, isScrolled: boolean): Promise<Frames> {
  const log = box.querySelector<HTMLElement>('[data-log]')!
  const took: number[] = []
  let blank = 0
  for (let frame = 0; frame < frames; frame += 1) {
    const began = performance.now()
    if (isScrolled) log.scrollTop = ((log.scrollHeight - log.clientHeight) * (frames - frame)) / frames
    await new Promise(requestAnimationFrame)
    await new Promise(requestAnimationFrame)
    took.push((performance.now() - began) / 2)
    const edge = log.getBoundingClientRect()
    const isThere = [...log.querySelectorAll('[data-row]')].some((row) => {
      const { top } = row.getBoundingClientRect()
      return top >= edge.top && top < edge.bottom
    })
    if (!isThere) blank += 1
  }
  return { median: took.toSorted((a, b) => a - b)[frames >> 1]!, blank }
}

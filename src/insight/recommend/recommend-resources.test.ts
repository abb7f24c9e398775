import { describe, expect, it } from 'vitest'
import { buildSample } from '../../../test/fakes/sample-rows.ts'
import type { SampleRow } from '../../domain/sample.ts'
import { recommendResources } from './recommend-resources.ts'

const MIB = 1024 * 1024
const limits = { memoryMb: 512, cpuPercent: 100, maxProcesses: 128, diskMb: 512 }

/** Whole minutes. */
function buildSamples(
  count: number,
  change: (index: number) => Partial<SampleRow> = () => ({}),
): readonly SampleRow[] {
  return Array.from({ length: count }, (_, index) =>
    buildSample({
      at: index * 60_000,
      step: 60,
      samples: 60,
      memoryMax: 80 * MIB,
      memoryPeak: 100 * MIB,
      throttledMs: 0,
      oomKills: 0,
      cpuMax: 100,
      ...change(index),
    }),
  )
}

describe('recommendResources', () => {
  it('says how much is missing when too little was seen', () => {
    expect(recommendResources([], limits)).toEqual({
      kind: 'insufficient_data',
      why: '0 of 3600 seconds of running time measured, in 0 minutes',
      neededSeconds: 3_600,
    })
    expect(recommendResources(buildSamples(30), limits)).toMatchObject({
      kind: 'insufficient_data',
      neededSeconds: 1_800,
    })
  })

  it('lowers limits that are far above the highest use, with its reasons', () => {
    expect(recommendResources(buildSamples(60), limits)).toEqual({
      kind: 'recommendations',
      items: [
        {
          resource: 'memory_mb',
          current: 512,
          proposed: 160,
          direction: 'lower',
          confidence: 0.04,
          reasons: [
            'highest use in 60 minutes was 100 MiB of 512 MiB',
            'the proposal is that plus 30 % and 16 MiB',
          ],
        },
        {
          resource: 'cpu_percent',
          current: 100,
          proposed: 25,
          direction: 'lower',
          confidence: 0.04,
          reasons: [
            'highest use in 60 minutes was 10 % of 100 %',
            'the proposal is one and a half times that',
          ],
        },
      ],
    })
  })

  it('keeps a limit that fits', () => {
    const advice = recommendResources(
      buildSamples(60, () => ({ memoryPeak: 400 * MIB, cpuMax: 600 })),
      limits,
    )
    expect(advice).toMatchObject({
      items: [
        { direction: 'keep', proposed: 512 },
        { direction: 'keep', proposed: 100 },
      ],
    })
  })

  it('raises memory after a kill, however little was seen', () => {
    const advice = recommendResources(
      buildSamples(3, (index) => ({ oomKills: index === 0 ? 0 : 1 })),
      limits,
    )
    expect(advice).toMatchObject({
      items: [
        {
          resource: 'memory_mb',
          proposed: 768,
          direction: 'raise',
          confidence: 0.95,
          reasons: ['the kernel killed for lack of memory 2 times at 512 MiB'],
        },
        { resource: 'cpu_percent' },
      ],
    })
  })

  it('raises CPU that is held back for more than 5 % of the time', () => {
    const advice = recommendResources(
      buildSamples(60, () => ({ throttledMs: 6000, cpuMax: 1000 })),
      limits,
    )
    expect(advice).toMatchObject({
      items: [
        {},
        {
          resource: 'cpu_percent',
          direction: 'raise',
          proposed: 150,
          reasons: ['held back for 10 % of 60 minutes at 100 %'],
        },
      ],
    })
  })

  it('does not count time in which nothing was seen', () => {
    const advice = recommendResources(
      buildSamples(60, (index) => ({ samples: index % 2 === 0 ? 60 : 0 })),
      limits,
    )
    expect(advice).toMatchObject({ kind: 'insufficient_data', neededSeconds: 1_800 })
  })
})

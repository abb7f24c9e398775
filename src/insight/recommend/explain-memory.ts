/** A memory decision as a formula and the evidence it rests on. The numbers shown give the number proposed. */
import type { MemoryDecision } from './decide-memory.ts'
import type { Evidence } from '../../domain/recommendation.ts'
import { renderDay, type MemoryHistory } from './history.ts'
import type { TierRule } from './memory-tiers.ts'

export type Explanation = { readonly formula: string; readonly because: readonly Evidence[] }

export function explainMemory(decision: MemoryDecision, history: MemoryHistory, rule: TierRule): Explanation {
  const because: Omit<Evidence, 'id'>[] = []
  const { base, demand, marginMib, scaleMib, rules } = decision
  const root = `${rule.spread}·sqrt(${show(base.mib)}·${show(scaleMib)})`
  if (base.from === 'startup') {
    because.push({
      text: `the start alone used ${show(base.mib)} MiB`,
      source: history.startup?.id ?? 'startup',
    })
  } else if (base.from !== undefined) {
    const faded = base.from.mib > base.mib ? `, counted as ${show(base.mib)} by its age` : ''
    because.push({
      text: `highest daily peak in ${rule.windowDays} days ${show(base.from.mib)} MiB on ${renderDay(base.from.day)}${faded}`,
      source: base.from.id,
    })
  }
  if (demand !== undefined) {
    const { kill } = demand
    because.push({
      text: `killed for lack of memory at ${show(kill.limitMib)} MiB on ${renderDay(kill.at)}: more than that was needed`,
      source: kill.id,
    })
  }
  if (base.from !== undefined && rules !== 'kill') {
    because.push({ text: `margin 10 % + ${root} = ${show(marginMib)} MiB`, source: 'rule' })
  }
  const used =
    rules === 'kill' && demand !== undefined
      ? `max(${rule.afterKill}·${show(demand.kill.limitMib)}, ${show(demand.kill.limitMib)} + 0.25·${show(scaleMib)})${rule.halfLifeDays === null ? '' : ', fading'}`
      : `${show(base.mib)}·1.10 + ${root}`
  const bound =
    rules === 'cap'
      ? `, at most what the host allows: ${show(decision.limitMib)}`
      : rules === 'floor'
        ? ', at least 48'
        : ''
  return {
    formula: `${used}, rounded up to 8${bound}`,
    because: because.map((evidence, index) => ({ id: `ev${index + 1}`, ...evidence })),
  }
}

function show(mib: number): string {
  return String(Math.round(mib))
}

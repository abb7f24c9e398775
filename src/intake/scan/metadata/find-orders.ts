import type { Seen } from './seen.ts'
import { ORDERS } from './orders/orders.ts'
import { listReadings } from './readings.ts'
import type { Place } from './texts.ts'

const SHOWN = 160

/** Each order once a place, in the plainest reading that shows it. */
export function listOrders({ file, text, isName }: Place): readonly Seen[] {
  const found = new Map<string, Seen>()
  const readings = listReadings(text, isName)
  for (const reading of readings) {
    for (const { ruleId, severity, confidence, patterns, reason } of ORDERS) {
      if (found.has(ruleId)) continue
      const hit = patterns.map((pattern) => pattern.exec(reading.text)).find((match) => match !== null)
      if (hit === undefined || hit === null) continue
      const evidence = reading.text.slice(Math.max(0, hit.index - 20), hit.index + SHOWN)
      found.set(
        ruleId,
        reading.code === null
          ? { ruleId, severity, confidence, reason, place: file, evidence }
          : {
              ruleId,
              severity: 'high',
              confidence: 'high',
              reason: `${reason} It is written so that people do not read it: ${reading.code}.`,
              place: file,
              evidence,
            },
      )
    }
  }
  const sealed = readings.find((reading) => reading.isSealed && countWords(reading.text) >= 4)
  if (sealed !== undefined && found.size === 0) {
    found.set('metadata.sealed_text', {
      ruleId: 'metadata.sealed_text',
      severity: 'high',
      confidence: 'medium',
      reason: `It holds sentences that people do not read: ${sealed.code ?? ''}.`,
      place: file,
      evidence: sealed.text.slice(0, SHOWN),
    })
  }
  return [...found.values()]
}

function countWords(text: string): number {
  return text.match(/(?<![\p{L}\p{N}])\p{L}{2,}(?![\p{L}\p{N}])/gu)?.length ?? 0
}

import { listOrders } from '../metadata/find-orders.ts'
import { listHidden } from '../metadata/hidden-text.ts'
import { DOUBTFUL, factsOf, type CodeRule, type Match } from './rule.ts'

/** Characters that are read of one file; what is beyond is told. */
const MAX_READ = 256 * 1024
const UNREAD = 'The source says more to models than is read of it.'

/** The same reading as of what a server says when it runs; here also what its tools answer. */
export const modelOrders: CodeRule = {
  id: 'code.model_orders',
  reason: 'What a tool says of itself or answers gives the model orders, or hides something from its user.',
  fix: 'Describe what the tool does, to whoever reads it.',
  cwe: 'CWE-1427',
  check(source) {
    const read = new Set<string>()
    let left = MAX_READ
    return factsOf(source, 'describe', 'answer').flatMap(({ args, at }): Match[] => {
      const texts = args.flatMap((value) => [
        value,
        ...(value.items ?? []),
        ...(value.fields?.values() ?? []),
      ])
      const seen = texts.flatMap(({ text }) => {
        if (text === null || text.length < 20 || left < 0 || read.has(text)) return []
        read.add(text)
        left -= text.length
        if (left < 0) return [{ severity: 'high', reason: UNREAD }]
        const place = { file: source.path, text, isName: false }
        return [...listHidden(place), ...listOrders(place)]
      })
      const worst = seen.find(({ severity }) => severity === 'high' || severity === 'critical')
      return worst === undefined ? [] : [{ ...DOUBTFUL, at, reason: worst.reason }]
    })
  },
}

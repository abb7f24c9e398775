import type { Oracle } from './sight.ts'

export const i09: Oracle = {
  id: 'I9',
  rule: 'lines of a log are in order, and what is missing is told',
  judge: ({ logs }) =>
    logs.flatMap(({ server, numbers, gapsTold }) =>
      numbers.flatMap((number, index) => {
        const before = numbers[index - 1]
        // A server that was started anew counts from 1 again.
        if (before === undefined || number === 1 || number === before + 1) return []
        if (number > before && gapsTold) return []
        return [`in the log of ${server} line ${number} comes after ${before}`]
      }),
    ),
}

import type { Oracle } from './sight.ts'

export const i04: Oracle = {
  id: 'I4',
  rule: 'nothing runs or lies about without a row',
  judge({ rows, traces }) {
    const known = new Set(rows.map(({ token }) => token))
    return [
      ...traces
        .filter(({ token }) => token === null || !known.has(token))
        .map(({ kind, name }) => `the ${kind} ${name} has no row`),
      ...rows
        .filter(({ isAlive }) => !isAlive)
        .map(({ token }) => `the row of ${token} names nothing that lives`),
    ]
  },
}

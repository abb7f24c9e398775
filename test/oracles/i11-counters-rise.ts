import type { Oracle } from './sight.ts'

export const i11: Oracle = {
  id: 'I11',
  rule: 'counters go down only at a restart',
  judge: ({ counters: { before, now } }) =>
    Object.entries(before ?? {})
      .filter(([name, value]) => (now[name] ?? value) < value)
      .map(([name, value]) => `${name} went from ${value} to ${now[name]}`),
}

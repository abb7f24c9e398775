import type { Oracle } from './sight.ts'

export const i16: Oracle = {
  id: 'I16',
  rule: 'the database and its copies are whole',
  judge: ({ databases }) => [
    ...(databases.length === 0 ? ['there is no database'] : []),
    ...databases.filter(({ check }) => check !== 'ok').map(({ name, check }) => `${name}: ${check}`),
  ],
}

import type { Oracle } from './sight.ts'

export const i08: Oracle = {
  id: 'I8',
  rule: 'a call gets exactly one end, by its deadline',
  judge: ({ calls }) =>
    calls.flatMap(({ id, answers, lateMs }) => [
      ...(answers === 1 ? [] : [`call ${id} got ${answers} ends`]),
      ...(lateMs > 0 ? [`call ${id} ended ${lateMs} ms after its deadline`] : []),
    ]),
}

import type { Oracle } from './sight.ts'

export const i15: Oracle = {
  id: 'I15',
  rule: 'the daemon goes on, whatever one server does',
  judge: ({ isReady }) => (isReady ? [] : ['the daemon is not ready']),
}

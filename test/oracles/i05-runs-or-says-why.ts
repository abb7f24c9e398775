import type { Oracle } from './sight.ts'

export const i05: Oracle = {
  id: 'I5',
  rule: 'what should run does, or says why not and when it is tried again',
  judge: ({ servers }) =>
    servers
      .filter(({ desired }) => desired === 'running')
      .flatMap(({ name, status, idle, reason, next_try_at }) => {
        if (status === 'running' || status === 'starting' || status === 'stopping' || idle) return []
        if (status === 'backoff' && reason !== null && next_try_at !== null) return []
        if (status === 'failed' && reason !== null) return []
        return [`${name} should run, is ${status}, and says ${reason ?? 'nothing'}`]
      }),
}

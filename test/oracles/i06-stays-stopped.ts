import type { Oracle } from './sight.ts'

export const i06: Oracle = {
  id: 'I6',
  rule: 'what should be stopped does not run',
  judge: ({ servers, rows }) =>
    servers
      .filter(({ desired }) => desired === 'stopped')
      .flatMap(({ id, name, status }) => [
        ...(['running', 'starting', 'backoff'].includes(status)
          ? [`${name} should be stopped and is ${status}`]
          : []),
        ...rows
          .filter(({ serverId, isAlive }) => serverId === id && isAlive)
          .map(({ token }) => `${name} should be stopped, and ${token} runs`),
      ]),
}

import type { Oracle } from './sight.ts'

export const i03: Oracle = {
  id: 'I3',
  rule: 'at most one instance a server, version and key',
  judge({ rows }) {
    const seen = new Map<string, string>()
    return rows
      .filter(({ isAlive }) => isAlive)
      .flatMap(({ serverId, versionId, key, token }) => {
        const place = `${serverId} ${versionId} ${key}`
        const other = seen.get(place)
        seen.set(place, token)
        return other === undefined ? [] : [`${place} runs twice: ${other} and ${token}`]
      })
  },
}

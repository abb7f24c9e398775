import { isDeepStrictEqual } from 'node:util'
import type { Oracle } from './sight.ts'

export const i01: Oracle = {
  id: 'I1',
  rule: 'an acknowledged deployment exists, byte-identical',
  judge: ({ uploads, versions, deleted }) =>
    uploads
      .filter(({ isAcknowledged, server }) => isAcknowledged && !deleted.has(server))
      .flatMap(({ server, archiveHash, files }) => {
        const found = versions.find(
          (version) => version.server === server && version.archiveHash === archiveHash,
        )
        const what = `the deployment ${archiveHash.slice(0, 12)} of ${server}`
        if (found === undefined) return [`${what} was acknowledged and is gone`]
        if (found.files === null) return [`${what} was acknowledged and its files are gone`]
        return isDeepStrictEqual(pick(found.files, files), files)
          ? []
          : [`${what} has other files than were sent`]
      }),
}

function pick(from: Readonly<Record<string, string>>, like: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(from).filter(([path]) => path in like))
}

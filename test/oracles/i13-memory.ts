import type { Oracle } from './sight.ts'

const MB = 1_000_000
const STREAM_BYTES = 16 * 1024

export const i13: Oracle = {
  id: 'I13',
  rule: 'the daemon has at most 200 MB, 1 MB a server and 16 KB a stream',
  judge({ daemon: { rssBytes, streams }, servers }) {
    const bound = 200 * MB + servers.length * MB + streams * STREAM_BYTES
    return rssBytes <= bound
      ? []
      : [`the daemon has ${Math.round(rssBytes / MB)} MB of ${Math.round(bound / MB)}`]
  },
}

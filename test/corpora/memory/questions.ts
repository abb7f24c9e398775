/**
 * Memories as a platform and its people write them, each with a question that uses its words and one that says it
 * otherwise but for a word or two; and the talk of every day around them, which uses the same words.
 */
type Asked = { readonly memory: string; readonly exact: string; readonly otherwise: string }

export const ASKED: readonly Asked[] = [
  {
    memory:
      'Server weather ended (out_of_memory): it used all of its 64 MiB while it loaded the forecast grid',
    exact: 'weather out_of_memory forecast grid',
    otherwise: 'why did the forecast service get killed for its memory',
  },
  {
    memory: 'memory_mb of server weather was raised from 64 to 112: it ran out of memory',
    exact: 'memory_mb of weather raised from 64 to 112',
    otherwise: 'did anybody give weather a higher limit than 64',
  },
  {
    memory:
      'The API key of the currency service expires on the third of May and is renewed by the finance team',
    exact: 'currency API key expires May',
    otherwise: 'when does finance have to renew a key',
  },
  {
    memory: 'Server scraper was refused the way to ads.example.test:443: not on the list',
    exact: 'scraper refused ads.example.test',
    otherwise: 'which host was scraper not allowed to reach, refused ads',
  },
  {
    memory: 'Version 7 of server billing fails at start: the module stripe is missing from requirements.txt',
    exact: 'billing version 7 module stripe missing',
    otherwise: 'broken billing deployment lacking stripe',
  },
  {
    memory: 'Server billing went back from version 7 to 6: it failed three times within a minute',
    exact: 'billing went back from version 7 to 6',
    otherwise: 'rollback of billing after it failed three times',
  },
  {
    memory: 'The tool transfer_funds of server wallet is not as it was pinned: changed, and is withheld',
    exact: 'wallet transfer_funds pinned changed withheld',
    otherwise: 'tool of the wallet that clients do not get since it changed',
  },
  {
    memory:
      'Runbook: when the certificate of the mail gateway is too old, run certbot renew and restart the postfix container',
    exact: 'runbook certificate mail gateway certbot postfix',
    otherwise: 'what to do about an outdated certificate for mail',
  },
  {
    memory:
      'Postgres runs out of connections when the nightly report starts at two; the pool is limited to 20',
    exact: 'postgres out of connections nightly report pool',
    otherwise: 'database connection trouble at night during reporting',
  },
  {
    memory:
      'Server translator answers slowly after noon: latency p95 grew from 200 to 900 ms since version 12',
    exact: 'translator latency p95 900 ms version 12',
    otherwise: 'slow answers of the translator in the afternoon',
  },
  {
    memory:
      'An archive for server miner was scanned: block, 2 critical found (code.crypto_miner, net.stratum)',
    exact: 'miner scanned block code.crypto_miner',
    otherwise: 'archive that the scan blocked for mining',
  },
  {
    memory: 'Alice decided that the staging platform is rebuilt each Monday at six from the nightly backup',
    exact: 'staging platform rebuilt Monday nightly backup',
    otherwise: 'how often is staging made anew',
  },
  {
    memory:
      'The disk of node three is nearly full; logs of the indexer take 40 GB and may be deleted after a week',
    exact: 'disk node three indexer logs 40 GB',
    otherwise: 'what takes the space on the full disk',
  },
  {
    memory: 'pandas 3 needs 40 MiB more memory at import than pandas 2, seen on five servers',
    exact: 'pandas 3 memory import 40 MiB',
    otherwise: 'does upgrading pandas cost memory',
  },
  {
    memory: 'Customers in Japan see mojibake when the exporter writes CSV without a byte order mark',
    exact: 'Japan mojibake exporter CSV byte order mark',
    otherwise: 'wrong characters in CSV files for Japanese customers of the exporter',
  },
  {
    memory: 'Health of server geocoder: unhealthy, ping was not answered for 90 seconds',
    exact: 'geocoder unhealthy ping not answered 90 seconds',
    otherwise: 'geocoder stopped responding to pings',
  },
  {
    memory:
      'The webhook of the payments team is retried eight times, then it is written to dead-letter-payments',
    exact: 'webhook payments retried dead-letter-payments',
    otherwise: 'where do payment webhooks go after the last retry',
  },
  {
    memory:
      'Server crawler grows 5.1 MiB an hour and reaches its limit in seven hours; about 180 kB per call of fetch_page',
    exact: 'crawler grows 5.1 MiB an hour fetch_page',
    otherwise: 'leak in the crawler: growth for each page',
  },
  {
    memory: 'Rule: no deployment on the last working day of a quarter, agreed with the auditors',
    exact: 'no deployment last working day of a quarter auditors',
    otherwise: 'are deployments frozen at the end of the quarter',
  },
  {
    memory:
      'The secret GITHUB_TOKEN of server triage was set again after it had leaked into a log of the build',
    exact: 'GITHUB_TOKEN triage set leaked log',
    otherwise: 'token that leaked while building and was replaced',
  },
]

const SERVERS = [
  'weather',
  'billing',
  'wallet',
  'crawler',
  'geocoder',
  'exporter',
  'translator',
  'triage',
  'scraper',
  'indexer',
]
const TALK = [
  (name: string, n: number) => `Server ${name} runs, attempt ${n}`,
  (name: string, n: number) => `Version ${n} of server ${name} was uploaded and installed`,
  (name: string, n: number) => `A deployment of server ${name} ended: succeeded after ${n} seconds`,
  (name: string, n: number) => `Server ${name} is healthy again after ${n} seconds; ping was answered`,
  (name: string, n: number) => `Settings of server ${name} changed: memory_mb, cpu_percent (${n})`,
  (name: string, n: number) => `${name}: highest memory ${n} MiB, ${n * 3} calls, latency p95 ${n * 2} ms`,
  (name: string, n: number) => `Backup ${n} was made before ${name} was deployed, on the disk of node two`,
  (name: string, n: number) => `Server ${name} was stopped: asked for by alice, restarted ${n} minutes later`,
  (name: string, n: number) =>
    `Note on ${name}: its API answers with version ${n}, the key is in the vault of the team`,
]

/** The same each time. */
export const EVERYDAY: readonly string[] = TALK.flatMap((say, kind) =>
  SERVERS.flatMap((name, at) => [1, 2, 3, 4, 5, 6].map((n) => say(name, 7 * n + kind + at))),
)

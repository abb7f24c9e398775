/**
 * The self-test: attacks hosted code could try, tried for real in throw-away sandboxes beside a neighbour that must come
 * to no harm. What is an effect is looked at from outside; a probe that says nothing counts as not stopped.
 */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { IsolationTier } from '../../../domain/enforcement.ts'
import type { ServerId } from '../../../domain/id.ts'
import { Secret } from '../../../domain/secret.ts'
import type { SelftestReport } from '../../../domain/selftest.ts'
import { isThere, removeTree } from '../../../system/files.ts'
import { openTripwire } from '../../../system/listen.ts'
import { listOwnAddresses } from '../../../system/outbound.ts'
import { createToken } from '../../../system/random.ts'
import { openEgress } from '../../egress/open-egress.ts'
import { openListenerInside } from '../../egress/open-listener.ts'
import { isPlain } from '../build-launch-arguments.ts'
import { BASE_ENVIRONMENT } from '../build-server-policy.ts'
import { removeOwned } from '../change-owner.ts'
import type { SandboxHost } from '../open-host.ts'
import { attack, parseAnswers, type Answer } from './attack.ts'
import { ATTACKER } from './attacker.ts'
import { openNeighbour } from './neighbour.ts'
import type { ProbeId } from './probes.ts'
import { attackLimits, LIMITS, type Note } from './attack-limits.ts'
import { buildReport } from './build-report.ts'

/** As every server has them. */
const TMP_MIB = 64
const OPEN_FILES = 4096

/** Names as the proxy of the test finds them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'allowed.test': ['127.0.0.1'],
  'private.test': ['10.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'mixed.test': ['93.184.215.14', '127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
}

/** @param dir a folder of its own, in which the host was opened. Throws AppError when no sandbox can be made at all. */
export async function runSelftest(
  host: SandboxHost,
  dir: string,
  demanded: IsolationTier | null,
  signal: AbortSignal,
): Promise<SelftestReport> {
  const test = await prepare(host, dir, signal)
  try {
    const found = new Map<string, Answer>()
    const note = (probe: ProbeId, blocked: boolean, evidence: string) =>
      found.set(probe, { probe, blocked, evidence })
    const main = await attackAll(test, found, note)
    await attackLimits(test, found, note)
    const { beats, canary } = await test.neighbour.check()
    note(
      'neighbour',
      beats && canary,
      beats ? (canary ? 'it answers, its file is as it was' : 'its file was changed') : 'it is gone',
    )
    return buildReport(main.enforcement, String(host.way), found, demanded)
  } finally {
    await test.neighbour.close()
    test.tripwire.close()
    for (const path of test.droppings) await removeTree(dirname(path), path)
    await removeOwned(host, dir, join(dir, 'data'))
  }
}

type Test = Awaited<ReturnType<typeof prepare>>

async function prepare(host: SandboxHost, dir: string, signal: AbortSignal) {
  const mark = `haivemind-selftest-${createToken(9)}`
  const canary = createToken(24)
  const [tmp, shm, own] = [
    join(tmpdir(), `${mark}-host`),
    `/dev/shm/${mark}-host`,
    join(dir, 'platform-file'),
  ]
  for (const path of [tmp, shm]) await writeFile(path, canary, { mode: 0o644 })
  await writeFile(own, canary, { mode: 0o600 })
  const tripwire = await openTripwire(mark)
  // Whatever a plain process left where everybody may write.
  const left = ['', '-filled', '-many'].flatMap((end) =>
    ['/tmp', '/dev/shm'].map((at) => `${at}/${mark}${end}`),
  )
  const droppings = [tmp, shm, ...left]
  const uid = (n: number) => (host.uids === null ? null : host.uids.first + n)
  const neighbour = await openNeighbour(host, dir, { mark, canary, uid: uid(1) })
  return { host, dir, signal, mark, canary, tmp, shm, own, tripwire, droppings, left, neighbour, uid: uid(2) }
}

async function attackAll(test: Test, found: Map<string, Answer>, note: Note) {
  const { host, dir, mark, canary, tripwire, neighbour } = test
  const plain = isPlain(host.way)
  const secret = new Secret(createToken(24))
  const rules = [`allowed.test:${tripwire.port}`, ...Object.keys(NAMES).slice(1)]
  const egress = plain ? [] : rules
  const environment = [...Object.keys(BASE_ENVIRONMENT), 'SELFTEST_SECRET', ...PROXY_VARIABLES]
  const main = await attack(host, dir, {
    name: 'attacker',
    program: ATTACKER,
    uid: test.uid,
    limits: LIMITS,
    egress,
    secret,
    timeoutSeconds: 90,
    signal: test.signal,
    about: {
      mark,
      canary,
      environment,
      host_files: [test.tmp],
      private_files: [test.own, ...neighbour.files, '/etc/shadow'],
      tmp_files: [test.tmp, test.shm],
      pids: [process.pid, neighbour.pid],
      tmp_mib: TMP_MIB,
      open_files: Math.min(OPEN_FILES, host.maxOpenFiles),
      port: tripwire.port,
      name: mark,
      addresses: listOwnAddresses()
        .filter((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address) && !address.startsWith('127.'))
        .slice(0, 2),
      neighbour_port: neighbour.port,
      neighbour_name: neighbour.name,
      proxy: !plain,
    },
    beforeGo: async ({ outer }) => {
      if (plain) return undefined
      const proxy = openTestEgress(host, tripwire.port).serveServer(
        'selftest' as ServerId,
        await openListenerInside(host, outer.pid),
        egress,
      )
      return () => proxy.close()
    },
  })
  // Half a test proves nothing.
  test.signal.throwIfAborted()
  for (const answer of parseAnswers(main.lines)) found.set(answer.probe, answer)
  const defects = main.lines.filter((line) => line.includes('"defect"') || line.includes('Traceback'))
  if (defects.length > 0) host.logger.warn('a probe of the self-test failed', { defects })

  const own = process.getuid?.() ?? 0
  const distinct = main.hostUid > 0 && main.hostUid !== own && main.hostUid !== neighbour.uid
  note('SB-01', distinct, `host uid ${main.hostUid}; its neighbour ${neighbour.uid}, the platform ${own}`)
  note(
    'SB-22',
    !main.secretShown,
    main.secretShown ? 'the secret was in a command line' : 'no command line held it',
  )
  note(
    'SB-29',
    main.left.length === 0,
    main.left.length === 0 ? 'nothing is left' : `${main.left.length} processes are left`,
  )
  const marks = await Promise.all(test.left.map(async (path) => ((await isThere(path)) ? [path] : [])))
  const shared = marks.flat()
  judge(found, 'SB-20', !shared.some((path) => path.endsWith(mark)), 'its file is on the host')
  judge(found, 'SB-41', !shared.some((path) => path.endsWith('-many')), 'they are on the host')
  // One connection is meant to come: the allowed one through the proxy.
  judge(found, 'SB-45', tripwire.reached() <= (plain ? 0 : 1), 'the host was reached')
  if (plain) {
    for (const probe of ['SB-46', 'SB-47', 'SB-48']) {
      found.set(probe, {
        probe,
        blocked: false,
        evidence: 'no plain process gets a proxy',
        outcome: 'not_applicable',
      })
    }
  }
  return main
}

/** What is seen from outside overrules what was said inside. */
function judge(found: Map<string, Answer>, probe: ProbeId, held: boolean, otherwise: string): void {
  const answer = found.get(probe)
  if (answer !== undefined && !held)
    found.set(probe, { ...answer, blocked: false, evidence: `${otherwise}: ${answer.evidence}` })
}

const PROXY_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
]

function openTestEgress(host: SandboxHost, port: number) {
  return openEgress({
    network: {
      async resolve(name) {
        const addresses = NAMES[name]
        if (addresses === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' })
        return { host: name, addresses }
      },
      ownAddresses: listOwnAddresses,
    },
    ceiling: null,
    allowPrivate: [{ host: 'allowed.test', port }],
    log: { record: () => {} },
    clock: host.clock,
    logger: host.logger,
  })
}

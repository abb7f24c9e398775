import { MODERN_VERSION } from '../domain/era.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import { describeChange } from '../domain/definition.ts'
import { isCovered, parseEgressRules } from '../domain/egress-rule.ts'
import type { HostingContext } from './context.ts'
import type { Deployment } from './deploy-server.ts'
import type { OperationRecorder } from './operation-recorder.ts'
import type { ExitCause, ServerState } from '../domain/server-state.ts'
import type { EraLesson } from './learn-eras.ts'
import { viewPins } from './manage-pins.ts'
import { findServer, viewServer } from './server-view.ts'
import { assertRunning, waitUntilSettled } from './run-server.ts'

/** For the answer to `tools/list`, once the server runs. */
const VERIFY_MS = 30_000
/** For what it speaks. */
const LEARN_MS = 5000
const SHOWN_TOOLS = 10
const SHOWN_PLACES = 5
/** Characters of a name: the server chose it, and the record keeps it. */
const SHOWN_NAME = 64

/** The last two stages: it runs, and a client would get its tools. Throws what went wrong. */
export async function startAndVerify(
  context: HostingContext,
  { recorder, principal }: Deployment,
  id: ServerId,
  /** `host:port` that it asked for in its dry run. */
  places: readonly string[],
): Promise<void> {
  const { server } = recorder.current()
  recorder.stage('start', 'running', null)
  await context.supervision.start(id, principal.id)
  const state = await settle(context, recorder, id, principal.id)
  for (const line of state.kind === 'running' ? [] : tailOf(state.lastExit?.stderrTail)) {
    recorder.log('start', line)
  }
  assertRunning(server, state)
  recorder.stage(
    'start',
    'succeeded',
    describeInstance(context, id) + (await describeClosed(context, server, places)),
  )
  recorder.stage('verify', 'running', null)
  const learning = context.eras.learn(id)
  const tools = await listOwnTools(context, server, recorder.cancelled)
  recorder.log('verify', await describeEras(context, learning))
  const changes = (await viewPins(context, server)).since?.changes ?? []
  for (const change of changes) recorder.log('verify', describeChange(change))
  const differs = changes.length === 0 ? '' : `; ${changes.length} definitions differ from the version before`
  recorder.stage('verify', 'succeeded', `${describeTools(tools)}${differs}`)
}

/** How a server ends that does not wait for anything but its own first words. */
const REFUSALS: ReadonlySet<ExitCause | undefined> = new Set(['exited', 'init_failed'])

async function settle(
  context: HostingContext,
  recorder: OperationRecorder,
  id: ServerId,
  actor: string,
): Promise<ServerState> {
  const state = await waitUntilSettled(context, id, recorder.cancelled)
  const mayBeNewer = state.kind !== 'running' && REFUSALS.has(state.lastExit?.cause)
  if (!mayBeNewer || !(await context.eras.learnFromRefusal(id))) return state
  recorder.log('start', `it does not take initialize, and speaks ${MODERN_VERSION}: started again as that`)
  await context.supervision.start(id, actor)
  return waitUntilSettled(context, id, recorder.cancelled)
}

function tailOf(text = ''): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function describeInstance(context: HostingContext, id: ServerId): string {
  const facts = context.supervision.facts(id)
  if (facts === null) return 'running'
  return `running as process ${facts.pid}, isolation ${facts.tier}, protocol ${facts.protocolVersion}`
}

/** A server that runs may still miss the network: what it asked for and does not get, with the command that gives it. */
async function describeClosed(
  context: HostingContext,
  server: string,
  places: readonly string[],
): Promise<string> {
  const { config } = await viewServer(context, await findServer(context, server))
  // Who shut the network off meant it.
  if (config === null || !config.allowedNetwork) return ''
  const rules = parseEgressRules(config.egress)
  const closed = places.filter((place) => {
    const at = place.lastIndexOf(':')
    return !isCovered({ host: place.slice(0, at), port: Number(place.slice(at + 1)) }, rules)
  })
  if (closed.length === 0) return ''
  const shown = closed.slice(0, SHOWN_PLACES)
  const rest = closed.length > shown.length ? ` and ${closed.length - shown.length} more` : ''
  const list = [...config.egress, ...shown].join(',')
  return `; it asked for ${shown.join(', ')}${rest}, which is closed to it; to open it: haivemind set ${server} egress=${list}`
}

/** Through the relay that clients use, so that it proves what a client will see. */
async function listOwnTools(
  context: HostingContext,
  server: string,
  cancelled: AbortSignal,
): Promise<readonly JsonObject[]> {
  const platform: Principal = {
    id: 'platform',
    kind: 'platform',
    name: 'platform',
    grants: [`mcp:call:${server}`],
  }
  const deadline = new AbortController()
  const cancel = context.clock.after(VERIFY_MS, () => deadline.abort())
  try {
    const signal = AbortSignal.any([deadline.signal, context.closing, cancelled])
    return await context.tools.list(server, platform, signal)
  } finally {
    cancel()
  }
}

/** Waits for a moment: a server that leaves the question open is asked on beside the deployment. */
async function describeEras(context: HostingContext, learning: Promise<EraLesson>): Promise<string> {
  const late = new Promise<null>((resolve) => void context.clock.after(LEARN_MS, () => resolve(null)))
  const lesson = await Promise.race([learning, late])
  if (lesson === null) return 'which revisions it speaks is still being found out'
  if (lesson.eras === null) return `which revisions it speaks is not known for sure: ${lesson.detail}`
  const words = { legacy: 'the revisions with initialize', modern: MODERN_VERSION }
  return `speaks ${lesson.eras.map((era) => words[era]).join(' and ')}: ${lesson.detail}`
}

function describeTools(tools: readonly JsonObject[]): string {
  const names = tools.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  const rest = names.length > SHOWN_TOOLS ? ', …' : ''
  const list = names
    .slice(0, SHOWN_TOOLS)
    .map((name) => name.slice(0, SHOWN_NAME))
    .join(', ')
  return names.length === 0 ? 'answers, and offers no tools' : `${names.length} tools: ${list}${rest}`
}

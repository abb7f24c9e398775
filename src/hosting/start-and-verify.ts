import { MODERN_VERSION } from '../domain/era.ts'
import type { JsonObject } from '../domain/json.ts'
import { isCovered, parseEgressRules } from '../domain/egress-rule.ts'
import type { HostingContext } from './context.ts'
import type { Deployment } from './deploy-server.ts'
import type { OperationRecorder } from './operation-recorder.ts'
import type { ExitCause, ServerState } from '../domain/server-state.ts'
import type { EraLesson } from './learn-eras.ts'
import { listOwnTools } from './list-own-tools.ts'
import { findServer, viewServer } from './server-view.ts'
import { assertRunning } from './run-server.ts'
import type { StartSubject } from './start-subject.ts'

/** For what it speaks. */
const LEARN_MS = 5000
const SHOWN_TOOLS = 10
const SHOWN_PLACES = 5
/** Characters of a name: the server chose it, and the record keeps it. */
const SHOWN_NAME = 64

/**
 * The last two stages, up to what the last one found: it runs, and a client would get these tools. Throws what went
 * wrong.
 */
export async function startAndVerify(
  context: HostingContext,
  { recorder, principal }: Deployment,
  subject: StartSubject,
  /** `host:port` that it asked for in its dry run. */
  places: readonly string[],
): Promise<readonly JsonObject[]> {
  const { server } = recorder.current()
  recorder.stage('start', 'running', null)
  await subject.start(principal.id)
  const state = await settle(recorder, subject, principal.id)
  for (const line of state.kind === 'running' ? [] : tailOf(state.lastExit?.stderrTail)) {
    recorder.log('start', line)
  }
  assertRunning(server, state)
  recorder.stage(
    'start',
    'succeeded',
    describeInstance(subject) + (await describeClosed(context, server, places)),
  )
  recorder.stage('verify', 'running', null)
  const learning = subject.learnEras()
  const tools = await listOwnTools(context, server, subject, recorder.cancelled)
  recorder.log('verify', await describeEras(context, learning))
  return tools
}

/** How a server ends that does not wait for anything but its own first words. */
const REFUSALS: ReadonlySet<ExitCause | undefined> = new Set(['exited', 'init_failed'])

async function settle(
  recorder: OperationRecorder,
  subject: StartSubject,
  actor: string,
): Promise<ServerState> {
  const state = await subject.settled(recorder.cancelled)
  const mayBeNewer = state.kind !== 'running' && REFUSALS.has(state.lastExit?.cause)
  if (!mayBeNewer || !(await subject.learnFromRefusal())) return state
  recorder.log('start', `it does not take initialize, and speaks ${MODERN_VERSION}: started again as that`)
  await subject.start(actor)
  return subject.settled(recorder.cancelled)
}

function tailOf(text = ''): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function describeInstance(subject: StartSubject): string {
  const facts = subject.facts()
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

/** Waits for a moment: a server that leaves the question open is asked on beside the deployment. */
async function describeEras(context: HostingContext, learning: Promise<EraLesson>): Promise<string> {
  const late = new Promise<null>((resolve) => void context.clock.after(LEARN_MS, () => resolve(null)))
  const lesson = await Promise.race([learning, late])
  if (lesson === null) return 'which revisions it speaks is still being found out'
  if (lesson.eras === null) return `which revisions it speaks is not known for sure: ${lesson.detail}`
  const words = { legacy: 'the revisions with initialize', modern: MODERN_VERSION }
  return `speaks ${lesson.eras.map((era) => words[era]).join(' and ')}: ${lesson.detail}`
}

export function describeTools(tools: readonly JsonObject[]): string {
  const names = tools.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  const rest = names.length > SHOWN_TOOLS ? ', …' : ''
  const list = names
    .slice(0, SHOWN_TOOLS)
    .map((name) => name.slice(0, SHOWN_NAME))
    .join(', ')
  return names.length === 0 ? 'answers, and offers no tools' : `${names.length} tools: ${list}${rest}`
}

import { consultServer } from './consult-server.ts'
import type { HostingContext, HostingDeps } from './context.ts'
import { listAttention } from './attention/list-attention.ts'
import { approveVersion, type ApproveRequest } from './approve-version.ts'
import { closeOpenOperations, removeStrays } from './close-open-operations.ts'
import { restoreServer } from './cleanup/archive-server.ts'
import { cleanUp, listCleanup } from './cleanup/clean-up.ts'
import { createDiskBook } from './disk-book.ts'
import { compareVersions } from './compare-versions.ts'
import { deleteServer } from './delete-server.ts'
import { deleteVersion } from './delete-version.ts'
import { deployServer, type DeployRequest } from './deploy-server.ts'
import { cancelOperation, getOperation } from './get-operation.ts'
import { getServerCalls } from './get-server-calls.ts'
import { readUsage } from './read-usage.ts'
import { getSamples, type SampleQuery } from './get-samples.ts'
import { getStats } from './get-stats.ts'
import { listArchivedServers, listServerPage, listServers } from './list-servers.ts'
import { listOperations } from './list-operations.ts'
import { listVersions } from './list-versions.ts'
import { acceptPins, viewPins } from './manage-pins.ts'
import type { ReceivedArchive, TimedArchive } from './ports.ts'
import { followLogs, readLogs, searchLogs } from './read-logs.ts'
import { listSecurity } from './security-overview.ts'
import { recallRemedies } from './incidents/recall-remedies.ts'
import { createAdviceGuard } from './recommend/advice-guard.ts'
import { applyRecommendation, dismissRecommendation } from './recommend/apply-recommendation.ts'
import { listRecommendations } from './recommend/list-recommendations.ts'
import { joinProfiles } from './others/join-profiles.ts'
import { tellProfiles } from './others/tell-profiles.ts'
import { tellInsights } from './recommend/fleet-insights.ts'
import { adviseByTimer, optimize, type OptimizeRequest } from './recommend/optimize.ts'
import { readFindings, removeSuppression, scanArchive, suppressFinding } from './read-findings.ts'
import { restartServer } from './restart-server.ts'
import { rollbackServer } from './rollback-server.ts'
import { createServerLocks } from './server-locks.ts'
import { listSecrets, removeSecret, rotateKey, setSecrets, type GivenSecret } from './server-secrets.ts'
import { viewServerByName } from './server-view.ts'
import { setServer, type SettingsPatch } from './set-server.ts'
import { createClientTeller } from './tell-client.ts'
import { readStageLimits } from './stage-limits.ts'
import { startServer } from './start-server.ts'
import { stopServer } from './stop-server.ts'
import { listToolStates, setToolEnabled } from './tool-states.ts'
import { callTool, listTools } from './use-tools.ts'
import type { Consultation } from '../domain/consultation.ts'
import { watchClockJumps } from '../domain/clock-jumps.ts'
import { createVersionWatcher } from './watch-version.ts'
import type { EventRecord } from '../domain/event.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { Server } from '../domain/server.ts'
import type { JsonObject } from '../domain/json.ts'
import type { LogSearch } from '../domain/log-search.ts'
import type { LogLine, LogQuery } from '../domain/log-line.ts'
import type { Principal } from '../domain/principal.ts'

const DAY_MS = 86_400_000

export type Hosting = ReturnType<typeof createHosting>

/** The verbs. Each answers with what is really so afterwards; who may use them is the channel's business. */
export function createHosting(deps: HostingDeps) {
  const closing = new AbortController()
  let joinedOn = -1
  const context: HostingContext = {
    ...deps,
    locks: createServerLocks(),
    live: new Map(),
    clockJumps: watchClockJumps(deps.clock),
    disk: createDiskBook(deps),
    closing: closing.signal,
    get watcher() {
      return watcher
    },
    get guard() {
      return guard
    },
  }
  const watcher = createVersionWatcher(context)
  const guard = createAdviceGuard(context)
  return {
    async receive(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<TimedArchive> {
      const beganAt = deps.clock.now()
      const archive = await deps.intake.receive(source, AbortSignal.any([signal, closing.signal]))
      return { ...archive, beganAt, endedAt: deps.clock.now() }
    },
    discard: (archive: ReceivedArchive) => deps.intake.discard(archive),
    deploy: (request: DeployRequest, principal: Principal) => deployServer(context, request, principal),
    list: () => listServers(context),
    listPage: (from: Parameters<typeof listServerPage>[1]) => listServerPage(context, from),
    listAttention: () => listAttention(context),
    listArchived: () => listArchivedServers(context),
    restore: (name: string, principal: Principal) => restoreServer(context, name, principal),
    get: (name: string) => viewServerByName(context, name),
    start: (name: string, principal: Principal) => startServer(context, name, principal),
    stop: (name: string, principal: Principal) => stopServer(context, name, principal),
    restart: (name: string, principal: Principal) => restartServer(context, name, principal),
    delete: (name: string, options: { readonly force: boolean }, principal: Principal) =>
      deleteServer(context, name, options, principal),
    set: (
      name: string,
      patch: SettingsPatch,
      principal: Principal,
      isExpected?: (server: Server) => boolean,
    ) => setServer(context, name, patch, principal, isExpected),
    listSecrets: (name: string) => listSecrets(context, name),
    setSecrets: (name: string, given: readonly GivenSecret[], principal: Principal) =>
      setSecrets(context, name, given, principal),
    removeSecret: (name: string, secret: string, principal: Principal) =>
      removeSecret(context, name, secret, principal),
    rotateSecretsKey: (principal: Principal) => rotateKey(context, principal),
    listVersions: (name: string) => listVersions(context, name),
    compareVersions: (name: string, from: number, to: number) => compareVersions(context, name, from, to),
    deleteVersion: (name: string, number: number, principal: Principal) =>
      deleteVersion(context, name, number, principal),
    findVersion: (id: VersionId) => deps.versions.find(id),
    viewPins: (name: string) => viewPins(context, name),
    acceptPins: (name: string, principal: Principal, shown?: string) =>
      acceptPins(context, name, principal, shown),
    rollback: (name: string, number: number | null, principal: Principal) =>
      rollbackServer(context, name, number, principal),
    approve: (name: string, request: ApproveRequest, principal: Principal) =>
      approveVersion(context, name, request, principal),
    /** Takes over the archive. */
    scan: (archive: ReceivedArchive, signal: AbortSignal) => scanArchive(context, archive, signal),
    listSecurity: () => listSecurity(context),
    readFindings: (name: string, number: number | null) => readFindings(context, name, number),
    listSuppressions: () => deps.suppressions.list(),
    suppress: (request: Parameters<typeof suppressFinding>[1], principal: Principal) =>
      suppressFinding(context, request, principal),
    removeSuppression: (fingerprint: string, principal: Principal) =>
      removeSuppression(context, fingerprint, principal),
    readLogs: (name: string, query: LogQuery) => readLogs(context, name, query),
    searchLogs: (name: string, search: LogSearch, signal: AbortSignal) =>
      searchLogs(context, name, search, signal),
    followLogs: (name: string, listener: (line: LogLine) => void) => followLogs(context, name, listener),
    listTools: (name: string, principal: Principal, signal: AbortSignal) =>
      listTools(context, name, principal, signal),
    listToolStates: (name: string) => listToolStates(context, name),
    setToolEnabled: (name: string, tool: string, enabled: boolean, principal: Principal) =>
      setToolEnabled(context, name, tool, enabled, principal),
    callTool: (
      call: { readonly server: string; readonly tool: string; readonly args: JsonObject },
      principal: Principal,
      signal: AbortSignal,
    ) => callTool(context, call, principal, signal),
    consult: (name: string, consultation: Consultation, principal: Principal, signal: AbortSignal) =>
      consultServer(context, name, consultation, principal, signal),
    cancelOperation: (id: string) => cancelOperation(context, id),
    stageLimits: (operation: Parameters<typeof readStageLimits>[1]) => readStageLimits(context, operation),
    getOperation: (id: string, options: { readonly waitMs: number; readonly signal: AbortSignal }) =>
      getOperation(context, id, options),
    listOperations: (asked: Parameters<typeof listOperations>[1]) => listOperations(context, asked),
    getStats: () => getStats(context),
    readUsage: () => readUsage(context),
    getSamples: (name: string | null, query: SampleQuery) => getSamples(context, name, query),
    getServerCalls: (name: string, seconds: number) => getServerCalls(context, name, seconds),
    recallRemedies: (incident: Parameters<typeof recallRemedies>[1]) => recallRemedies(context, incident),
    optimize: (request: OptimizeRequest, principal: Principal) => optimize(context, request, principal),
    listRecommendations: (asked: Parameters<typeof listRecommendations>[1]) =>
      listRecommendations(context, asked),
    applyRecommendation: (id: string, principal: Principal) => applyRecommendation(context, id, principal),
    dismissRecommendation: (id: string, principal: Principal) =>
      dismissRecommendation(context, id, principal),
    /** For the platform's timers. */
    adviseByTimer: () => adviseByTimer(context),
    tellInsights: () => tellInsights(context),
    async tellProfiles() {
      await tellProfiles(context)
      const today = Math.floor(context.clock.now() / DAY_MS)
      if (today !== joinedOn) await joinProfiles(context)
      joinedOn = today
    },
    watchAdvice: () => guard.look(),
    noteClient: createClientTeller(deps.events),
    listEvents: (filter: { readonly after?: number; readonly limit: number }) => deps.events.list(filter),
    listLatestEvents: (limit: number) => deps.events.listLatest(limit),
    subscribeEvents: (listener: (record: EventRecord) => void) => deps.events.subscribe(listener),
    /** Names of servers that a verb stops and starts at this moment. */
    switching: () => context.locks.switching(),
    /** For the platform's timer. */
    measureDisk: () => context.disk.refresh(),
    /** For the platform's timer: notes when the clock was set. */
    watchClock: () => void context.clockJumps.find(),
    /** For the platform's start, before the supervisor recovers. */
    closeOpenOperations: () => closeOpenOperations(context),
    /** For the platform's start, after the supervisor recovered: new versions still have to prove themselves. */
    async resumeWatching() {
      await watcher.resume()
      await guard.resume()
    },
    /** For the platform's start, after the supervisor recovered. */
    removeStrays: (busy: readonly ServerId[]) => removeStrays(context, busy),
    listCleanup: () => listCleanup(context),
    cleanUp: (principal: Pick<Principal, 'id'>) => cleanUp(context, principal.id),
    /** Ends deployments that go on, and resolves when their ends are stored. */
    async close() {
      closing.abort()
      await Promise.all([...context.live.values()].map(({ work }) => work))
      await watcher.close()
      await guard.close()
    },
  }
}

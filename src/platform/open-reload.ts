/** The configuration read again while the platform runs: what can be taken up is, the rest waits for a restart. */
import type { LoadedConfig } from '../config/load.ts'
import type { ReloadPlan } from '../config/plan-reload.ts'
import type { PlatformConfig } from '../config/schema.ts'
import type { AuditLog } from '../domain/audit.ts'
import { AppError, renderError } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import type { HostCheck } from '../domain/host-check.ts'
import type { Logger } from '../system/log.ts'
import type { LiveSettings } from './live-settings.ts'

/** Reads the file and the environment as the start did. Throws AppError `invalid_platform_config`. */
export type ReadConfig = () => Promise<LoadedConfig>
type PlanReload = (current: PlatformConfig, next: PlatformConfig) => ReloadPlan

type ReloadDeps = {
  readonly live: LiveSettings
  readonly readConfig: ReadConfig
  readonly plan: PlanReload
  readonly events: EventSink
  readonly audit: AuditLog
  readonly logger: Logger
}

export type ReloadReport = Pick<ReloadPlan, 'applied' | 'needsRestart'> &
  Pick<LoadedConfig, 'file' | 'warnings'>

export interface Reload {
  /** All or nothing; throws AppError, and then everything is as before. @param actor who asked, for the event */
  run(actor: string): Promise<ReloadReport>
  /** For a signal, which nobody answers for: recorded in the audit log, refused when that cannot be written. */
  runForSignal(): Promise<void>
  /** For doctor. */
  checks(): readonly HostCheck[]
}

export function createReload(deps: ReloadDeps): Reload {
  const { live, events, audit, logger } = deps
  let refused: string | null = null
  let waiting: readonly string[] = []
  /** One after the other: the last file to be read is the one in force. */
  let last: Promise<unknown> = Promise.resolve()

  const reload = async (actor: string): Promise<ReloadReport> => {
    try {
      const { config, file, warnings } = await deps.readConfig()
      const plan = deps.plan(live.config(), config)
      live.take(plan.config)
      refused = null
      waiting = plan.needsRestart
      const { applied, needsRestart } = plan
      for (const warning of warnings) logger.warn(warning)
      logger.info('the configuration was read again', { applied, needs_restart: needsRestart })
      events.emit({ type: 'config.reloaded', applied, needsRestart }, actor)
      return { applied, needsRestart, file, warnings }
    } catch (error) {
      refused = error instanceof AppError ? error.message : renderError(error).message
      logger.error('the configuration was not read again: the one before stays in force', { err: error })
      events.emit({ type: 'config.refused', reason: refused }, actor)
      throw error
    }
  }
  const run = (actor: string) => {
    const mine = last.then(() => reload(actor))
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    run,
    async runForSignal() {
      const entry = {
        actor: 'platform',
        via: 'platform',
        ip: null,
        requestId: null,
        action: 'config.reload',
        resource: null,
        details: {},
      } as const
      try {
        audit.record({ ...entry, outcome: 'attempt' })
        await run('platform').then(
          ({ applied }) => audit.record({ ...entry, outcome: 'success', details: { applied: [...applied] } }),
          (error: unknown) =>
            audit.record({ ...entry, outcome: 'failure', details: { code: renderError(error).code } }),
        )
      } catch (err) {
        logger.error('a reload could not be recorded', { err })
      }
    },
    checks() {
      const base = { id: 'config_reload', area: 'configuration' } as const
      if (refused !== null) {
        const found = `the file on disk is refused, the configuration before it stays in force: ${refused}`
        return [{ ...base, status: 'fail', found, fix: 'Correct it, then haivemind config reload.' }]
      }
      if (waiting.length === 0)
        return [{ ...base, status: 'ok', found: 'the file that was read last is in force', fix: null }]
      const found = `changed in the file, and in force after a restart only: ${waiting.join(', ')}`
      return [{ ...base, status: 'warn', found, fix: 'Restart the platform.' }]
    },
  }
}

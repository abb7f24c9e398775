import { AppError } from '../../domain/error.ts'
import type { ResourceLimits } from '../../domain/server.ts'
import type { Jail, JailJob } from '../ports.ts'
import type { InstallStep } from './build-jobs.ts'
import { explainInstallFailure } from './install-hint.ts'
import type { RenderedSources } from './package-sources.ts'

export type StepContext = {
  readonly jail: Jail
  readonly appDir: string
  readonly environment: Readonly<Record<string, string>>
  readonly sources: Pick<RenderedSources, 'binds' | 'reach' | 'credentialHosts'>
  readonly limits: ResourceLimits
  readonly timeoutSeconds: number
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

const TAIL_LINES = 20
const MAX_LINE = 2_000

/**
 * Runs the steps one after the other; returns the notices of those that went another way.
 * Throws AppError `install_failed` or `install_timeout` with the last lines in `details.log`.
 */
export async function runSteps(
  steps: readonly InstallStep[],
  context: StepContext,
): Promise<readonly string[]> {
  const notices: string[] = []
  for (const step of steps) {
    context.signal.throwIfAborted()
    context.onLine(`$ ${step.title}`)
    notices.push(...(await runStep(step, context)))
  }
  return notices
}

async function runStep(step: InstallStep, context: StepContext): Promise<readonly string[]> {
  const { limits, timeoutSeconds, signal, sources } = context
  const tail: string[] = []
  const job: JailJob = {
    argv: step.argv,
    appDir: context.appDir,
    binds: sources.binds,
    environment: context.environment,
    reach: sources.reach,
    limits,
    timeoutSeconds,
    onLine(text) {
      const line = text.slice(0, MAX_LINE)
      tail.push(line)
      if (tail.length > TAIL_LINES) tail.shift()
      context.onLine(line)
    },
  }
  const result = await context.jail.run(job, signal)
  if (result.outcome === 'cancelled') {
    signal.throwIfAborted()
    throw new AppError('install_failed', `${step.title} was cancelled`)
  }
  if (result.outcome === 'timeout') {
    throw new AppError('install_timeout', `${step.title} took more than ${timeoutSeconds} s`, {
      details: { log: tail },
    })
  }
  if ((result.outcome === 'exited' && result.code === 0) || step.optional === true) return []
  const { otherwise } = step
  if (otherwise !== undefined && result.outcome === 'exited' && otherwise.when.test(tail.join('\n'))) {
    return [otherwise.notice, ...(await runSteps([otherwise.step], context))]
  }
  const how =
    result.outcome === 'out_of_memory'
      ? `needs more than ${limits.memoryMb} MiB of memory`
      : result.outcome === 'signalled'
        ? 'was killed'
        : `failed with exit code ${result.code}`
  const hint = explainInstallFailure(tail)
  const withheld =
    sources.credentialHosts.length > 0
      ? ` (not given credentials for ${sources.credentialHosts.join(', ')})`
      : ''
  throw new AppError('install_failed', `${step.title} ${how}${withheld}: ${lastWords(tail)}`, {
    ...(hint === null ? {} : { hint }),
    details: { log: tail },
  })
}

/** The last lines that say something, short enough for one message; the whole tail is in the details. */
function lastWords(tail: readonly string[]): string {
  const words = tail.filter(
    (line) => line.trim() !== '' && !/A complete log of this run|\[notice\]/.test(line),
  )
  return words.length === 0 ? 'it printed nothing' : words.slice(-4).join(' | ').slice(0, 600)
}

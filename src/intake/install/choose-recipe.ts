/** How a plan is carried out on this host: with which tools, from which sources. */
import { AppError } from '../../domain/error.ts'
import type { Installer } from '../../domain/server.ts'
import type { Jail, Tool } from '../ports.ts'
import {
  buildNpmSteps,
  buildPipSteps,
  buildUvSteps,
  ISOLATED,
  UV_ENVIRONMENT,
  type InstallStep,
} from './build-jobs.ts'
import type { InstallPlan } from './decide-install.ts'
import { readNpmSources, readPipSources, type RenderedSources } from './package-sources.ts'
import { satisfiesPython } from './python-version.ts'
import { runSteps, type StepContext } from './run-steps.ts'

export type Recipe = {
  readonly installer: Installer
  readonly tools: readonly Tool[]
  /** Asked for only when something is installed. */
  readonly listSteps: (context: StepContext) => Promise<readonly InstallStep[]>
  readonly sources: RenderedSources
  readonly environment: Readonly<Record<string, string>>
  /** Below the tree: what the installer makes, and what the cache keeps. */
  readonly product: 'node_modules' | '.venv'
  /** The same is installed tomorrow. */
  readonly exact: boolean
}

type RecipeDeps = { readonly jail: Jail; readonly environment: Readonly<Record<string, string>> }
type NpmPlan = Extract<InstallPlan, { kind: 'npm' }>
type PythonPlan = Extract<InstallPlan, { kind: 'python' }>

/** Throws AppError `runtime_not_allowed` or `install_failed` when this host cannot. */
export async function chooseRecipe(plan: NpmPlan | PythonPlan, deps: RecipeDeps): Promise<Recipe> {
  return plan.kind === 'npm' ? chooseNpm(plan, deps) : choosePython(plan, deps)
}

async function chooseNpm(plan: NpmPlan, deps: RecipeDeps): Promise<Recipe> {
  const [npm, node] = [await needTool('npm', deps.jail), await needTool('node', deps.jail)]
  const sources = await readNpmSources(deps.environment)
  return {
    installer: 'npm',
    tools: [node, npm],
    listSteps: async () => buildNpmSteps(plan, npm, sources),
    sources,
    environment: sources.environment,
    product: 'node_modules',
    exact: plan.mode === 'ci',
  }
}

async function choosePython(plan: PythonPlan, deps: RecipeDeps): Promise<Recipe> {
  const python = await needTool('python', deps.jail)
  const wanted = plan.project?.requiresPython ?? null
  if (wanted !== null && !satisfiesPython(python.version, wanted)) {
    throw new AppError('install_failed', `The server needs Python ${wanted}; here is ${python.version}`, {
      hint: 'Install that Python as the system’s python3, or use a version of the server for this one.',
    })
  }
  const uv = await deps.jail.findTool('uv')
  const read = await readPipSources(deps.environment)
  // Nothing to fetch, nothing to reach.
  const sources = plan.requirements.length === 0 && !plan.hasUvLock ? { ...read, reach: [] } : read
  const shared = {
    sources,
    product: '.venv' as const,
    exact: plan.requirements.length === 0 || (uv !== null && plan.hasUvLock),
  }
  if (uv !== null) {
    return {
      ...shared,
      installer: 'uv',
      tools: [python, uv],
      listSteps: async () => buildUvSteps(plan, uv, python),
      environment: { ...UV_ENVIRONMENT, ...sources.environment },
    }
  }
  return {
    ...shared,
    installer: 'pip',
    tools: [python],
    listSteps: async (context) => buildPipSteps(plan, python, await hasPip(python, context)),
    environment: { PYTHONDONTWRITEBYTECODE: '1', ...sources.environment },
  }
}

async function needTool(name: Tool['name'], jail: Jail): Promise<Tool> {
  const tool = await jail.findTool(name)
  if (tool !== null) return tool
  throw new AppError(
    'runtime_not_allowed',
    `${name} is not to be had in the sandbox, and this archive needs it`,
  )
}

/** Debian's python3 comes without pip; then the environment gets one of its own (ensurepip). */
async function hasPip(python: Tool, context: StepContext): Promise<boolean> {
  const argv = [...python.argv, ...ISOLATED, '-m', 'pip', '--version']
  const quiet = { ...context, onLine: () => undefined }
  try {
    await runSteps([{ title: 'pip --version', argv }], quiet)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'install_failed') return false
    throw error
  }
}

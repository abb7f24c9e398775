/** Dependencies into the tree: from the cache, or by the ecosystem's own installer in the jail. */
import { lstat, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../domain/clock.ts'
import type { StageStatus } from '../../domain/deployment.ts'
import type { Detection, ResourceLimits } from '../../domain/server.ts'
import { AppError } from '../../domain/error.ts'
import { removeTree } from '../../system/files.ts'
import { openAppTree } from '../detect/app-tree.ts'
import type { Detected } from '../detect/detect-server.ts'
import type { Jail } from '../ports.ts'
import { CONSTRAINTS_FILE, REQUIREMENTS_FILE } from './build-jobs.ts'
import { chooseRecipe, type Recipe } from './choose-recipe.ts'
import { decideInstall, type InstallPlan } from './decide-install.ts'
import { buildCacheKey, openDependencyCache } from './dependency-cache.ts'
import { writeProjectFiles } from './python-metadata.ts'
import { runSteps, type StepContext } from './run-steps.ts'

export type InstallerDeps = {
  readonly jail: Jail
  readonly clock: Clock
  readonly environment: Readonly<Record<string, string>>
  readonly installLimits: ResourceLimits
  readonly installTimeoutSeconds: number
  /** False: nothing is taken from the cache and nothing kept in it. */
  readonly installCache: boolean
}

type InstallJob = {
  readonly appDir: string
  /** The deployment's own directory, on the file system of the trees. */
  readonly directory: string
  readonly detected: Detected
}

type InstallOutcome = {
  readonly installer: Detection['installer']
  readonly status: StageStatus
  readonly note: string
  readonly notices: readonly string[]
  /** Makes what was installed available to later deployments; for once the tree is sealed. */
  keepInCache(): Promise<void>
}

export interface Installer {
  /** Throws AppError `install_failed`, `install_timeout`, `runtime_not_allowed`. */
  install(job: InstallJob, onLine: (line: string) => void, signal: AbortSignal): Promise<InstallOutcome>
  /** Names of cached dependencies; when one was used last, its folder's time of change says. */
  listCache(): Promise<readonly string[]>
  cachePathOf(name: string): string
  removeFromCache(name: string): Promise<void>
}

const DAY = 24 * 3600 * 1000

export async function createInstaller(deps: InstallerDeps, cacheDir: string): Promise<Installer> {
  const cache = await openDependencyCache(cacheDir, deps.clock)

  return {
    listCache: () => cache.list(),
    cachePathOf: (name) => cache.pathOf(name),
    removeFromCache: (name) => cache.remove(name),
    async install({ appDir, directory, detected }, onLine, signal) {
      const plan = await decideInstall(await openAppTree(appDir), detected)
      if (plan.kind === 'none') {
        return {
          installer: null,
          status: 'skipped',
          note: plan.why,
          notices: plan.notices,
          keepInCache: async () => undefined,
        }
      }
      const recipe = await chooseRecipe(plan, deps)
      const product = join(appDir, recipe.product)
      const notices = [...plan.notices, ...recipe.sources.notices]
      // An archive's own is incomplete (or nothing would be installed) or made for another machine.
      if ((await readdir(appDir)).includes(recipe.product)) {
        await removeTree(appDir, product)
        notices.push(`${recipe.product}/ of the archive was left out; dependencies are installed here`)
      }
      const key = buildKey(plan, recipe, deps)
      const cached = key === null ? null : await cache.restore(key, product)
      if (cached !== null) {
        onLine(`${recipe.product} comes from the cache`)
        await finish(plan, product)
        return {
          ...describe(recipe, 'from the cache'),
          notices: [...notices, ...cached],
          keepInCache: async () => undefined,
        }
      }
      const context = {
        ...deps,
        ...recipe,
        appDir,
        onLine,
        signal,
        limits: deps.installLimits,
        timeoutSeconds: deps.installTimeoutSeconds,
      }
      const said = await runInstall(plan, recipe, context)
      if (!(await readdir(appDir)).includes(recipe.product)) {
        throw new AppError('install_failed', `${recipe.installer} ended well but made no ${recipe.product}`)
      }
      const captured =
        key === null ? null : await cache.capture(key, { tree: product, notices: said, workshop: directory })
      await finish(plan, product)
      return {
        ...describe(recipe, 'in the sandbox'),
        notices: [...notices, ...said],
        keepInCache: async () => captured?.keep(),
      }
    },
  }
}

function describe(recipe: Recipe, how: string) {
  const status: StageStatus = 'succeeded'
  return {
    installer: recipe.installer,
    status,
    note: `Dependencies installed with ${recipe.installer}, ${how}`,
  }
}

function buildKey(
  plan: Exclude<InstallPlan, { kind: 'none' }>,
  recipe: Recipe,
  deps: InstallerDeps,
): string | null {
  if (!plan.cacheable || !deps.installCache) return null
  const { arguments: options, environment, reach } = recipe.sources
  return buildCacheKey({
    runtime: recipe.tools[0]?.version ?? '',
    installer: recipe.tools.map((tool) => tool.version).join(' '),
    mode: plan.kind === 'npm' ? plan.mode : 'wheels',
    manifests: plan.manifests,
    sources: { options, environment, reach },
    day: recipe.exact ? null : Math.floor(deps.clock.now() / DAY),
  })
}

async function runInstall(
  plan: InstallPlan,
  recipe: Recipe,
  context: StepContext,
): Promise<readonly string[]> {
  const inputs: string[] = []
  try {
    if (plan.kind === 'python') {
      for (const [name, lines] of [
        [REQUIREMENTS_FILE, plan.requirements],
        [CONSTRAINTS_FILE, plan.constraints],
      ] as const) {
        const path = join(context.appDir, name)
        if (await isThere(path)) {
          throw new AppError(
            'install_failed',
            `The archive holds ${name}, a name that installing needs itself`,
            {
              hint: `Leave ${name} out of the archive.`,
            },
          )
        }
        await writeFile(path, lines.map((line) => `${line}\n`).join(''), { flag: 'wx', mode: 0o644 })
        inputs.push(path)
      }
    }
    return await runSteps(await recipe.listSteps(context), context)
  } finally {
    for (const path of inputs) await removeTree(context.appDir, path)
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}

/** What is the project's own and therefore never cached. */
async function finish(plan: InstallPlan, product: string): Promise<void> {
  if (plan.kind === 'python' && plan.project !== null) await writeProjectFiles(plan.project, product)
}

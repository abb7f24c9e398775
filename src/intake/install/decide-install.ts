/** What has to be installed, decided from manifests and lock files alone. */
import type { AppTree } from '../detect/app-tree.ts'
import type { Detected } from '../detect/detect-server.ts'
import type { PythonProject } from '../detect/python-project.ts'
import { readRequirements } from './read-requirements.ts'
import { parseRequirements } from './requirements.ts'
import { parseUvLock } from './uv-lock.ts'

/** `manifests` are the bytes that decide what gets installed; `cacheable` when nothing else does. */
export type InstallPlan =
  | { readonly kind: 'none'; readonly why: string; readonly notices: readonly string[] }
  | {
      readonly kind: 'npm'
      /** `ci` follows the lock file to the letter. */
      readonly mode: 'ci' | 'install'
      readonly manifests: readonly string[]
      readonly cacheable: boolean
      readonly notices: readonly string[]
    }
  | {
      readonly kind: 'python'
      readonly project: PythonProject | null
      /** Lines of a requirements file; none: only the environment is made. */
      readonly requirements: readonly string[]
      /** From uv.lock: exact versions for pip, and that uv can follow it to the letter. */
      readonly constraints: readonly string[]
      readonly hasUvLock: boolean
      readonly manifests: readonly string[]
      readonly cacheable: boolean
      readonly notices: readonly string[]
    }

const MAX_LOCK_BYTES = 8 * 1024 * 1024
/** Parsed in the daemon, so that it must not be large. */
const MAX_UV_LOCK_BYTES = 1024 * 1024

export async function decideInstall(tree: AppTree, detected: Detected): Promise<InstallPlan> {
  const { runtime } = detected.start
  if (runtime === 'node') return decideNode(tree, detected.node?.dependencies ?? {})
  if (runtime === 'python') return decidePython(tree, detected.python)
  return { kind: 'none', why: 'Bash servers need no dependencies', notices: [] }
}

const LOCAL_NODE =
  /^(?:file:|link:|workspace:|git[+:@]|github:|gitlab:|bitbucket:|https?:|[./~]|[\w.-]+\/[\w.-]+(?:#|$))/
const LOCAL_LOCK = /"resolved"\s*:\s*"(?:file:|git|\.)|"link"\s*:\s*true/
/** Wherever it stands: `overrides` and optional dependencies name files too. */
const LOCAL_VALUE = /:\s*"(?:file|link|workspace):/
/** What npm reads in the project's folder besides manifest and lock file; without a lock file also yarn's. */
const READ_BY_NPM = ['.npmrc', 'yarn.lock']

async function decideNode(
  tree: AppTree,
  dependencies: Readonly<Record<string, string>>,
): Promise<InstallPlan> {
  const names = Object.keys(dependencies)
  if (names.length === 0) return { kind: 'none', why: 'package.json lists no dependencies', notices: [] }
  if (names.every((name) => tree.has(`node_modules/${name}/package.json`))) {
    return {
      kind: 'none',
      why: `The archive brings its node_modules (${names.length} dependencies)`,
      notices: [],
    }
  }
  const manifest = (await tree.read('package.json')) ?? ''
  const lockName = ['npm-shrinkwrap.json', 'package-lock.json'].find((path) => tree.has(path))
  const lock = lockName === undefined ? null : await tree.read(lockName, MAX_LOCK_BYTES)
  const local =
    Object.values(dependencies).some((range) => LOCAL_NODE.test(range)) ||
    /"workspaces"\s*:/.test(manifest) ||
    LOCAL_VALUE.test(manifest) ||
    (lock !== null && LOCAL_LOCK.test(lock))
  const beside = await Promise.all(
    READ_BY_NPM.map(async (path) => (await tree.read(path, MAX_LOCK_BYTES)) ?? ''),
  )
  const foreign = ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock'].find((path) => tree.has(path))
  return {
    kind: 'npm',
    mode: lock === null ? 'install' : 'ci',
    manifests: [manifest, lock ?? '', ...beside],
    cacheable: !local,
    notices:
      foreign !== undefined && lock === null
        ? [
            `${foreign} is not read: npm chooses the versions from package.json; a package-lock.json would fix them`,
          ]
        : [],
  }
}

async function decidePython(tree: AppTree, project: PythonProject | null): Promise<InstallPlan> {
  const file = await readRequirements(tree, 'requirements.txt')
  const fromProject = project !== null && (project.dependencies.length > 0 || file === null)
  const parsed = parseRequirements(fromProject ? project.dependencies.join('\n') : (file ?? ''))
  const hasUvLock = tree.has('uv.lock') && project?.source === 'pyproject.toml'
  if (project === null && parsed.lines.length === 0) {
    return { kind: 'none', why: 'No file lists Python dependencies', notices: parsed.notices }
  }
  const lock = hasUvLock ? await tree.read('uv.lock', MAX_LOCK_BYTES) : null
  const constraints = lock === null || lock.length > MAX_UV_LOCK_BYTES ? null : parseUvLock(lock)
  return {
    kind: 'python',
    project,
    requirements: parsed.lines,
    constraints: constraints ?? [],
    hasUvLock,
    // uv takes sources and groups from the project's file, not only from its lock.
    manifests: [
      parsed.lines.join('\n'),
      ...(lock === null ? [] : [lock, (await tree.read('pyproject.toml')) ?? '']),
    ],
    cacheable: !parsed.local,
    notices: [
      ...parsed.notices,
      ...(hasUvLock && constraints === null ? ['uv.lock could not be read; only uv itself follows it'] : []),
      ...(fromProject && file !== null
        ? ['requirements.txt is not read: pyproject.toml lists the dependencies']
        : []),
    ],
  }
}

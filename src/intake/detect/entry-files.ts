/** Start files that are plain from their names, for archives whose manifests name none. */
import type { RuntimeKind } from '../../domain/runtime-kind.ts'
import type { AppTree } from './app-tree.ts'
import { parseShebang, runtimeOfFile, WORDS } from './shebang.ts'

export type EntryFile = {
  readonly runtime: RuntimeKind
  readonly command: readonly string[]
  readonly reason: string
}

const NAMES: Readonly<Record<RuntimeKind, readonly string[]>> = {
  python: ['server.py', 'main.py', 'app.py', '__main__.py', 'src/server.py', 'src/main.py'],
  node: ['server', 'index', 'main', 'app', 'dist/index', 'build/index', 'src/index', 'src/server'].flatMap(
    (name) => ['js', 'mjs', 'cjs', 'ts', 'mts'].map((ending) => `${name}.${ending}`),
  ),
  bash: ['server.sh', 'run.sh', 'start.sh', 'main.sh'],
}

/** The best start file of one runtime. */
export function findEntryFile(tree: AppTree, runtime: RuntimeKind): EntryFile | null {
  const named = NAMES[runtime].find((path) => tree.has(path))
  if (named !== undefined) {
    return { runtime, command: [WORDS[runtime], named], reason: `${named} is the usual name of a start file` }
  }
  if (runtime === 'python') {
    const packages = tree.paths.filter((path) => /^[A-Za-z_]\w*\/__main__\.py$/.test(path))
    const [only] = packages
    if (packages.length === 1 && only !== undefined) {
      const module = only.slice(0, only.indexOf('/'))
      return {
        runtime,
        command: ['python3', '-m', module],
        reason: `${only} makes the package ${module} runnable`,
      }
    }
  }
  const own = tree.paths.filter(
    (path) => !path.includes('/') && runtimeOfFile(path) === runtime && isCode(path),
  )
  const [only] = own
  if (own.length !== 1 || only === undefined) return null
  return {
    runtime,
    command: [WORDS[runtime], only],
    reason: `${only} is the only ${runtime} file at the top`,
  }
}

/** Not tests, set-up or tools' configuration. */
function isCode(path: string): boolean {
  return !/^(?:setup|conftest|noxfile)\.py$|^test_|_test\.py$|\.(?:test|spec|config)\.[cm]?[jt]s$|\.d\.[cm]?ts$/.test(
    path,
  )
}

/** A file at the top whose #! line names a runtime, when there is exactly one. */
export async function findShebangFile(tree: AppTree): Promise<EntryFile | null> {
  const found: EntryFile[] = []
  for (const path of tree.paths.filter((candidate) => !candidate.includes('/')).slice(0, 200)) {
    const firstLine = await tree.readFirstLine(path)
    const runtime = parseShebang(firstLine)
    if (runtime !== null) {
      found.push({ runtime, command: [WORDS[runtime], path], reason: `${path} starts with ${firstLine}` })
    }
  }
  return found.length === 1 ? (found[0] ?? null) : null
}

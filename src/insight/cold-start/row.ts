/** What is known of a server before it has a history: what it is made of. And of others, what they turned out to need. */
export type Shape = {
  /** `node`, `python` … */
  readonly runtime: string
  /** Names of what it depends on by itself, without versions. */
  readonly dependencies: readonly string[]
  /** The package that it is; servers of one are alike. Null: it says none. */
  readonly family: string | null
}

export type Row = Shape & {
  readonly server: string
  /** The highest daily peak of its first seven days. */
  readonly peakMib: number
  /** Null: of this platform. */
  readonly peer: string | null
}

/** Measured: what a runtime takes by itself, and what some dependencies add. MiB. */
const RUNTIMES: Readonly<Record<string, number>> = { node: 78, python: 52, bash: 12, docker: 90 }
const HEAVY: Readonly<Record<string, number>> = {
  numpy: 24,
  pandas: 64,
  scipy: 97,
  'scikit-learn': 149,
  fastapi: 39,
}
const ANY_RUNTIME = 78
const ANY_DEPENDENCY = 20

/** What is thought of a part before any server was seen. */
export function priorOf(part: string): number {
  const name = part.slice(part.indexOf(':') + 1)
  return part.startsWith('runtime:') ? (RUNTIMES[name] ?? ANY_RUNTIME) : (HEAVY[name] ?? ANY_DEPENDENCY)
}

export function partsOf({ runtime, dependencies }: Shape): readonly string[] {
  return [`runtime:${runtime}`, ...new Set(dependencies.map((name) => `dependency:${name}`))]
}

/** How much one tells of the other, from 0 on. */
export function findSimilarity(a: Shape, b: Shape): number {
  const of = new Set(a.dependencies)
  const both = b.dependencies.filter((name) => of.has(name)).length
  const all = new Set([...a.dependencies, ...b.dependencies]).size
  const overlap = all === 0 ? 1 : both / all
  const isFamily = a.family !== null && a.family === b.family
  return (a.runtime === b.runtime ? 1 : 0.15) * Math.exp(-2.2 * (1 - overlap)) * (isFamily ? 3 : 1)
}

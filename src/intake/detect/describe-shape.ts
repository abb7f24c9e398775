/** What a server is made of, as far as its manifests say: what others like it needed tells what it will need. */
import type { ServerShape } from '../../domain/server.ts'
import type { AppTree } from './app-tree.ts'
import type { NodePackage } from './node-package.ts'
import type { PythonProject } from './python-project.ts'

const MOST_DEPENDENCIES = 200
/** PEP 508: a name begins a requirement; options, comments and addresses begin otherwise. */
const REQUIREMENT = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[[(;<>=!~@#\s])/

export async function describeShape(
  tree: AppTree,
  node: NodePackage | null,
  python: PythonProject | null,
): Promise<Omit<ServerShape, 'isMemorySet'>> {
  const listed = (await tree.read('requirements.txt'))?.split('\n') ?? []
  const names = [
    ...Object.keys(node?.dependencies ?? {}),
    ...[...(python?.dependencies ?? []), ...listed].flatMap((line) => {
      const name = REQUIREMENT.exec(line)?.[1]
      // PEP 503: these are one name.
      return name === undefined ? [] : [name.toLowerCase().replaceAll(/[-_.]+/g, '-')]
    }),
  ]
  const family = node?.name ?? python?.name ?? null
  return {
    dependencies: [...new Set(names.map((name) => name.slice(0, 214)))]
      .toSorted()
      .slice(0, MOST_DEPENDENCIES),
    family: family?.slice(0, 214) ?? null,
  }
}

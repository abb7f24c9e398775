import { stat } from 'node:fs/promises'
import { readDiskSpace } from '../system/disk-figures.ts'

/** The file systems that these folders lie on, each once, named by the first of them. */
export async function readDisks(folders: readonly string[]) {
  const seen = new Set<number>()
  const found = await Promise.all(
    folders.map(async (path) => ({
      path,
      device: await stat(path).then(
        ({ dev }) => dev,
        () => null,
      ),
      space: await readDiskSpace(path),
    })),
  )
  return found.flatMap(({ path, device, space }) => {
    if (space === null || device === null || seen.has(device)) return []
    seen.add(device)
    return [{ path, ...space }]
  })
}

/** The files of the built dashboard: listed once, so that a request can name no other, and read when they are asked for. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

type Encoding = 'br' | 'gzip'

export type StaticFile = {
  readonly contentType: string
  /** Null: as it is. */
  readonly encoding: Encoding | null
  readonly bytes: Buffer<ArrayBuffer>
}

export interface StaticFiles {
  /** The page, with its placeholders. */
  readonly index: string
  /** @param path as in a URL, without the slash at its beginning; null when there is no such file */
  read(path: string, accepts: readonly string[]): Promise<StaticFile | null>
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}
const SUFFIXES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' }

/** Null when there is no `index.html` in the folder: it was not built. */
export async function openStaticFiles(folder: string): Promise<StaticFiles | null> {
  const names = await listFiles(folder)
  if (!names.has('index.html')) return null
  const index = await readFile(join(folder, 'index.html'), 'utf8')
  return {
    index,
    async read(path, accepts) {
      const contentType = TYPES[extname(path)]
      if (contentType === undefined || !names.has(path)) return null
      const encoding =
        (['br', 'gzip'] as const).find(
          (one) => accepts.includes(one) && names.has(`${path}${SUFFIXES[one]}`),
        ) ?? null
      const suffix = encoding === null ? '' : SUFFIXES[encoding]
      return { contentType, encoding, bytes: await readFile(join(folder, `${path}${suffix}`)) }
    },
  }
}

async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  return new Set(
    files.map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length + 1)
        .replaceAll(sep, '/'),
    ),
  )
}

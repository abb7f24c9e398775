/** The exact versions of a uv.lock, for pip where uv is not to be had. */
import { parse } from 'smol-toml'
import { z } from 'zod'
import { isDistributionName } from '../detect/python-project.ts'

const LOCK = z.object({
  package: z
    .array(
      z.object({
        name: z.string(),
        version: z.string().optional(),
        source: z.object({ registry: z.string().optional() }).optional(),
      }),
    )
    .max(5_000),
})

/** `name==version` lines; names with several versions (for several platforms) are left to pip. Null when unreadable. */
export function parseUvLock(text: string): readonly string[] | null {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return null
  }
  const parsed = LOCK.safeParse(value)
  if (!parsed.success) return null
  const versions = new Map<string, string | null>()
  for (const { name, version, source } of parsed.data.package) {
    if (source?.registry === undefined || version === undefined) continue
    if (!isDistributionName(name) || !/^[0-9A-Za-z.!+_-]+$/.test(version)) continue
    versions.set(name, versions.has(name) ? null : version)
  }
  return [...versions].flatMap(([name, version]) => (version === null ? [] : [`${name}==${version}`]))
}

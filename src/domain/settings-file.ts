/** Settings that somebody wrote, in a file of the archive or in a request: read with one shape of error (`invalid_config`). */
import type { z } from 'zod'
import { AppError } from './error.ts'

/** @param source the file, or 'the request'. @param path of the key, '' for the whole. */
export function buildInvalidSetting(source: string, path: string, why: string, hint?: string): AppError {
  const where = path === '' ? source : `${source}: ${path}`
  return new AppError('invalid_config', `${where}: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { source, path },
  })
}

/** Throws AppError `invalid_config` that names the first key that is wrong. */
export function parseSettings<S extends z.ZodType>(schema: S, value: unknown, source: string): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw buildInvalidSetting(
    source,
    (issue?.path ?? []).map(String).join('.'),
    issue?.message ?? 'is not usable',
  )
}

/** Throws AppError `invalid_config` with what the parser says. */
export function parseJsonFile(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw buildInvalidSetting(source, '', error instanceof Error ? error.message : 'not JSON')
  }
}

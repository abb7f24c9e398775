/** What package.json says: programs, start file, dependencies. Loose: it was written for npm, not for us. */
import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import type { AppTree } from './app-tree.ts'

export type NodePackage = {
  readonly name: string | null
  readonly description: string | null
  /** Program name → file, normalised. */
  readonly bins: Readonly<Record<string, string>>
  readonly main: string | null
  readonly start: string | null
  /** Name → range; optional and development ones not included. */
  readonly dependencies: Readonly<Record<string, string>>
}

const strings = z.record(z.string(), z.string())
const PACKAGE = z.object({
  name: z.string().max(214).optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  bin: z.union([z.string(), strings]).optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  scripts: strings.optional().catch(undefined),
  dependencies: strings.optional(),
})

/** Null without a package.json. Throws AppError `invalid_config` when it cannot be read. */
export async function readNodePackage(tree: AppTree): Promise<NodePackage | null> {
  const text = await tree.read('package.json')
  if (text === null) return null
  const parsed = PACKAGE.safeParse(parseJsonFile(text, 'package.json'))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const path = (issue?.path ?? []).map(String).join('.')
    throw new AppError('invalid_config', `package.json: ${path}: ${issue?.message ?? 'is not usable'}`, {
      details: { source: 'package.json', path },
    })
  }
  const { name, bin, main, scripts, description, dependencies } = parsed.data
  const bins = typeof bin === 'string' ? { [unscoped(name ?? 'bin')]: bin } : (bin ?? {})
  return {
    name: name ?? null,
    description: description ?? null,
    bins: Object.fromEntries(Object.entries(bins).map(([key, file]) => [key, stripDot(file)])),
    main: main === undefined ? null : stripDot(main),
    start: scripts?.['start'] ?? null,
    dependencies: dependencies ?? {},
  }
}

export function parseJsonFile(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not JSON'
    throw new AppError('invalid_config', `${source}: ${why}`, { details: { source, path: '' } })
  }
}

/** The program that stands for the package: its only one, or the one named like it. */
export function pickBin(node: NodePackage): readonly [string, string] | null {
  const bins = Object.entries(node.bins)
  if (bins.length === 1) return bins[0] ?? null
  return bins.find(([name]) => name === unscoped(node.name ?? '')) ?? bins[0] ?? null
}

function unscoped(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function stripDot(file: string): string {
  return file.replace(/^(?:\.\/)+/, '')
}

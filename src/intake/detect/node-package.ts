/** What package.json says: programs, start file, dependencies. Loose: it was written for npm, not for us. */
import { z } from 'zod'
import { parseJsonFile, parseSettings } from '../../domain/settings-file.ts'
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

const SOURCE = 'package.json'
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
  const text = await tree.read(SOURCE)
  if (text === null) return null
  const { name, bin, main, scripts, description, dependencies } = parseSettings(
    PACKAGE,
    parseJsonFile(text, SOURCE),
    SOURCE,
  )
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

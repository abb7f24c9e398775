/** The time in which a new version has to prove itself, what came of it, and what it changed. */
import type { DefinitionChange } from './definition.ts'
import type { VersionId } from './id.ts'

/** Why it was left again soon after it had begun to serve. */
export type VersionFailure = {
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A version that has begun to serve, and is left again by the platform itself if it turns out bad until then. */
export type VersionWatch = {
  readonly versionId: VersionId
  /** The one that served before. */
  readonly replaces: VersionId
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** One difference between what two versions say of themselves. */
export type ToolChange = Pick<DefinitionChange, 'kind' | 'name' | 'change'>

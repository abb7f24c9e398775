import { z } from 'zod'
import { CHANGES, DEFINITION_KINDS } from '../../domain/definition.ts'
import { VERSION_DOORS } from '../../domain/server.ts'
import { integer, versionId } from './columns.ts'

export const versionWatch = z.object({ versionId, replaces: versionId, until: integer })
export const versionFailure = z.object({ reason: z.string(), at: integer })
export const versionDoor = z.enum(VERSION_DOORS)
export const toolChanges = z.array(
  z.object({ kind: z.enum(DEFINITION_KINDS), name: z.string(), change: z.enum(CHANGES) }),
)

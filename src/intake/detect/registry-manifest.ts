/** The MCP registry's `server.json`: only which secrets the server asks for is read of it. */
import { z } from 'zod'
import { describeRefusedVariable } from '../../domain/environment-variable.ts'
import { decodeJson } from '../../domain/json.ts'
import type { PartialSecretDeclaration } from '../../domain/secret-declaration.ts'
import type { AppTree } from './app-tree.ts'

const VARIABLE = z.object({
  name: z.string(),
  description: z.string().optional().catch(undefined),
  isRequired: z.boolean().optional().catch(undefined),
  isSecret: z.boolean().optional().catch(undefined),
})
const MANIFEST = z.object({
  name: z.string().regex(/\//),
  packages: z
    .array(z.object({ environmentVariables: z.array(VARIABLE).max(128).optional().catch(undefined) }))
    .max(64),
})

/** None where there is no such file, or one of another program. */
export async function readRegistrySecrets(tree: AppTree): Promise<readonly PartialSecretDeclaration[]> {
  const text = await tree.read('server.json')
  const parsed = MANIFEST.safeParse(text === null ? null : decodeJson(text))
  const variables = parsed.data?.packages.flatMap((each) => each.environmentVariables ?? []) ?? []
  const found = new Map<string, PartialSecretDeclaration>()
  for (const { name, description, isRequired, isSecret } of variables) {
    if (isSecret !== true || describeRefusedVariable(name) !== null) continue
    const said = description === undefined ? {} : { description: description.slice(0, 2_000) }
    found.set(name, { name, required: isRequired === true, ...said })
  }
  return [...found.values()]
}

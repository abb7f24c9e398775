/** The secrets a new instance gets, or why there can be none of it. */
import { AppError } from '../domain/error.ts'
import { listMissing } from '../domain/secret-declaration.ts'
import type { Server, ServerConfig } from '../domain/server.ts'
import type { OpenedSecret, Secrets } from './ports.ts'

/** Throws `secret_missing` with all that are, `keys_locked`, `secret_unreadable`. */
export async function openLaunchSecrets(
  secrets: Secrets,
  { id, name }: Pick<Server, 'id' | 'name'>,
  config: ServerConfig,
): Promise<readonly OpenedSecret[]> {
  const stored = (await secrets.list(id)).map((facts) => facts.name)
  const missing = listMissing(config.secrets, new Set([...stored, ...Object.keys(config.environment)]))
  if (missing.length > 0) throw buildMissing(name, missing)
  const opened = await secrets.open(id, 'next').catch((error: unknown) => {
    throw nameServer(error, name)
  })
  const declared = new Map(config.secrets.map((secret) => [secret.name, secret.as]))
  // How it is handed over is the version's to say; of one that it does not name, whoever set it.
  return opened.map((secret) => ({ ...secret, as: declared.get(secret.name) ?? secret.as }))
}

function buildMissing(server: string, missing: readonly string[]): AppError {
  const [what, is] = missing.length === 1 ? ['the secret', 'is'] : ['the secrets', 'are']
  return new AppError(
    'secret_missing',
    `${server} needs ${what} ${missing.join(', ')}, which ${is} not set.`,
    {
      hint: missing.map((name) => `haivemind secret set ${server} ${name}`).join('; '),
      details: { missing },
    },
  )
}

/** The vault knows ids alone; what is to be typed has names. */
function nameServer(error: unknown, server: string): unknown {
  if (!(error instanceof AppError) || error.code !== 'secret_unreadable') return error
  return new AppError(error.code, error.message, {
    hint: error.hint.replaceAll('<name>', server),
    ...(error.details === undefined ? {} : { details: error.details }),
  })
}

import type { ServerView } from '../hosting/server-view.ts'
import type { GivenSecret } from '../hosting/server-secrets.ts'
import { Secret } from '../domain/secret.ts'
import { renderTime } from './schema/common.ts'
import type { SecretJson, SecretListJson, SecretRequestJson } from './schema/secret.ts'

/** Declared ones and stored ones together, by name. */
export function renderSecrets({ config, secrets }: Pick<ServerView, 'config' | 'secrets'>): SecretListJson {
  const declared = new Map(config?.secrets.map((secret) => [secret.name, secret]))
  const stored = new Map(secrets.stored.map((facts) => [facts.name, facts]))
  const names = [...new Set([...declared.keys(), ...stored.keys()])].sort()
  const items = names.map((name): SecretJson => {
    const wanted = declared.get(name)
    const facts = stored.get(name)
    return {
      name,
      as: wanted?.as ?? facts?.as ?? 'environment',
      description: wanted?.description ?? '',
      required: wanted?.required ?? false,
      set: facts !== undefined,
      version: facts?.version ?? null,
      fingerprint: facts?.fingerprint ?? null,
      in_use: facts?.inUse ?? false,
      created_at: facts === undefined ? null : renderTime(facts.createdAt),
      created_by: facts?.createdBy ?? null,
    }
  })
  return { items, restart_required: secrets.isPending }
}

export function parseSecret({ name, value, value_base64: base64, as }: SecretRequestJson): GivenSecret {
  const bytes = base64 === undefined ? Buffer.from(value ?? '') : Buffer.from(base64, 'base64')
  return { name, value: new Secret(bytes), as: as ?? null }
}

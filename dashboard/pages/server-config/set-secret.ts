import type { SecretChangedJson, SecretRequestJson } from '../../../src/api/schema/secret.ts'
import { api } from '../../lib/api.ts'

export function setSecret(server: string, secret: SecretRequestJson): Promise<SecretChangedJson> {
  return api<SecretChangedJson>(`/servers/${encodeURIComponent(server)}/secrets`, { json: secret })
}

import { createKeySource } from '../../src/store/secrets/key-source.ts'

/** For stores of tests: a key that needs no file. */
export const vaultDeps = {
  keySource: createKeySource('/nowhere', { HAIVEMIND_SECRETS_KEY: '5a'.repeat(32) }),
  onSecret: () => {},
}

/** Opens the vault in argv[2], says `ready`, and rotates its key until it is killed. */
import { join } from 'node:path'
import { createKeySource } from '../../src/store/secrets/key-source.ts'
import { createVault } from '../../src/store/secrets/vault.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createSecretStore } from '../../src/store/sqlite/secret-store.ts'
import { systemClock } from '../../src/system/clock.ts'

const folder = process.argv[2] ?? ''
const vault = createVault({
  store: createSecretStore(openDatabase(join(folder, 'test.db'))),
  source: createKeySource(join(folder, 'secrets.key'), {}),
  clock: systemClock,
  onKnown: () => {},
})
process.stdout.write('ready\n')
for (;;) {
  await vault.rotateKey()
  process.stdout.write('rotated\n')
}

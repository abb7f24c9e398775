/** A server with one version in a store, and a tree for it, as a deployment leaves them. */
import { FOR_GOOD } from '../../src/domain/lifetime.ts'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server, Version } from '../../src/domain/server.ts'
import type { Store } from '../../src/store/open-store.ts'
import { createId } from '../../src/system/random.ts'
import { FIXTURE_CONFIG } from './launch-spec.ts'

export async function writeServer(
  store: Store,
  serversDir: string,
  name: string,
  changes: Partial<Version['config']> = {},
): Promise<{ readonly server: Server; readonly version: Version }> {
  const treeHash = createHash('sha256').update(name).digest('hex')
  const tree = join(serversDir, 'store', treeHash)
  mkdirSync(join(tree, 'lib'), { recursive: true })
  writeFileSync(join(tree, 'server.py'), `# ${name}\n`, { mode: 0o444 })
  writeFileSync(join(tree, 'lib', 'tool'), '#!/bin/sh\n', { mode: 0o555 })
  const id = createId('srv')
  const version: Version = {
    id: createId('ver'),
    serverId: id,
    number: 1,
    treeHash,
    archiveHash: 'a'.repeat(64),
    archiveFormat: 'zip',
    archiveBytes: 123,
    config: { ...FIXTURE_CONFIG, ...changes },
    detection: {
      runtime: 'python',
      command: ['python3', 'server.py'],
      installer: null,
      reasons: [],
      notices: [],
    },
    scan: null,
    review: null,
    eras: null,
    failure: null,
    createdVia: null,
    createdAt: 1,
    createdBy: 'alice',
  }
  const server: Server = {
    id,
    name,
    desired: 'running',
    activeVersion: version.id,
    uid: await store.uids.allocate(id),
    overrides: { environment: { UNITS: 'metric' } },
    lastState: { kind: 'stopped', lastExit: null },
    restarts: 0,
    lifetime: FOR_GOOD,
    watch: null,
    createdAt: 1,
    updatedAt: 2,
  }
  await store.servers.create(server)
  await store.versions.create(version)
  return { server, version }
}

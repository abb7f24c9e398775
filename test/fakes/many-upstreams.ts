/** Several hosted servers in memory behind one port, each by its name. */
import type { ServerId } from '../../src/domain/id.ts'
import type { Upstreams } from '../../src/gateway/ports.ts'
import { idOf, type MemoryUpstreams } from './upstreams.ts'

export function joinUpstreams(servers: Readonly<Record<string, Upstreams | MemoryUpstreams>>): Upstreams {
  const find = (id: ServerId): Upstreams => {
    const found = servers[id.slice(4)]
    if (found === undefined) throw new Error(`no server ${id}`)
    return found
  }
  return {
    names: () => Object.keys(servers),
    findByName: (name) => (Object.hasOwn(servers, name) ? idOf(name) : null),
    traits: (id) => find(id).traits(id),
    beside: () => null,
    isUnfit: (id, key) => find(id).isUnfit(id, key),
    current: (id, key) => find(id).current(id, key),
    release: (id, key) => find(id).release(id, key),
    open: (id, key, signal) => find(id).open(id, key, signal),
  }
}

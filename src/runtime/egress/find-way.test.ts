import { expect, it } from 'vitest'
import { parseEgressRules, type Place } from '../../domain/egress-rule.ts'
import { findWay, type EgressPolicy } from './find-way.ts'

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'good.test': ['93.184.216.34', '2606:2800:220:1::1'],
  'private.test': ['10.0.0.5'],
  'metadata.test': ['169.254.169.254'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'mapped.test': ['::ffff:7f00:1'],
  'own.test': ['198.200.1.1'],
  'own6.test': ['2a00:0:0:0:0:0:0:1'],
  '10.1.2.3': ['10.1.2.3'],
}

async function ask(place: Place, changes: Partial<EgressPolicy> = {}) {
  const asked: string[] = []
  const policy = {
    rules: parseEgressRules(Object.keys(NAMES)),
    ceiling: null,
    trusted: [],
    ...changes,
  }
  const way = await findWay(place, policy, {
    async resolve(host) {
      asked.push(host)
      return { host, addresses: NAMES[host] ?? [] }
    },
    ownAddresses: () => ['127.0.0.1', '198.200.1.1', '2a00::1'],
  })
  return way.kind === 'open' ? { asked, addresses: way.resolved.addresses } : { asked, reason: way.reason }
}

it('gives the addresses that were judged, from one resolution', async () => {
  expect(await ask({ host: 'good.test', port: 443 })).toEqual({
    asked: ['good.test'],
    addresses: ['93.184.216.34', '2606:2800:220:1::1'],
  })
})

it('SB-48: refuses a name with a private, metadata, mapped, mixed or own address', async () => {
  const leads = (why: string) => `its name leads to an address that nobody may reach from here (${why})`
  const found = await Promise.all(
    ['private', 'metadata', 'mixed', 'mapped', 'own', 'own6'].map(
      async (name) => await ask({ host: `${name}.test`, port: 443 }),
    ),
  )
  expect(found.map((way) => ('reason' in way ? way.reason : way))).toEqual(
    ['private', 'cloud metadata', 'loopback', 'loopback', 'this machine', 'this machine'].map(leads),
  )
})

it('does not even resolve what is not listed, or is beyond what the operator allows', async () => {
  expect(await ask({ host: 'good.test', port: 22 })).toEqual({
    asked: [],
    reason: 'it is not one of the places that this sandbox may reach',
  })
  expect(
    await ask({ host: 'good.test', port: 443 }, { ceiling: parseEgressRules(['other.test', '*.good.test']) }),
  ).toEqual({ asked: [], reason: 'egress.allowed_hosts does not name it' })
})

it('SB-47: refuses an address as a name even where a rule were to cover it', async () => {
  for (const host of ['10.1.2.3', '127.1', '0x7f000001', '2130706433']) {
    const rules = [{ host, wild: false, ports: [80] }]
    expect(await ask({ host, port: 80 }, { rules })).toEqual({
      asked: [],
      reason: 'it is an address, not a name',
    })
  }
})

it('lets a place that the operator named be private, for that port only', async () => {
  const trusted = [{ host: 'private.test', port: 443 }]
  expect(await ask({ host: 'private.test', port: 443 }, { trusted })).toMatchObject({
    addresses: ['10.0.0.5'],
  })
  expect(await ask({ host: 'private.test', port: 80 }, { trusted })).toHaveProperty('reason')
})

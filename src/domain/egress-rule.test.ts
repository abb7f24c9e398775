import { expect, it } from 'vitest'
import { describeRefusedRule, isCovered, parseEgressRule, parseEgressRules } from './egress-rule.ts'

it('reads the four forms, in any case, without the last dot', () => {
  expect(parseEgressRule('API.example.')).toEqual({ host: 'api.example', wild: false, ports: [443, 80] })
  expect(parseEgressRule('api.example:8443')).toEqual({ host: 'api.example', wild: false, ports: [8443] })
  expect(parseEgressRule('*.Wild.test')).toEqual({ host: 'wild.test', wild: true, ports: [443, 80] })
  expect(parseEgressRule('*.wild.test:1')).toEqual({ host: 'wild.test', wild: true, ports: [1] })
  expect(parseEgressRule('localhost:5432')).toEqual({ host: 'localhost', wild: false, ports: [5432] })
})

it('refuses what is none, and says why', () => {
  const form = 'must be host, host:port or *.suffix'
  const reasons = {
    '': form,
    '*': form,
    '*.': form,
    'https://a.test': form,
    'a.test/x': form,
    'u@a.test': form,
    'a..test': form,
    '-a.test': form,
    'a.*.test': form,
    '**.a.test': form,
    'a.test:': form,
    'a.test:123456': form,
    '[::1]:443': form,
    '::1': form,
    'a.test\n': form,
    'ä.test': form,
    '127.0.0.1': 'must name a host, not an address',
    '127.0.0.1:80': 'must name a host, not an address',
    '2130706433': 'must name a host, not an address',
    '0x7f.0x1': 'must name a host, not an address',
    '*.1.1': 'must name a host, not an address',
    '*.com': 'is too wide: a wildcard needs two labels after *.',
    'a.test:0': 'must have a port from 1 to 65535',
    'a.test:65536': 'must have a port from 1 to 65535',
  }
  expect(Object.fromEntries(Object.keys(reasons).map((text) => [text, describeRefusedRule(text)]))).toEqual(
    reasons,
  )
  expect(parseEgressRules(['127.0.0.1', 'a.test'])).toHaveLength(1)
})

it('SB-50: covers the host itself or what lies below a suffix, at the named ports only', () => {
  const rules = parseEgressRules(['good.test', 'db.test:5432', '*.wild.test'])
  const covered = (host: string, port: number) => isCovered({ host, port }, rules)
  expect([covered('good.test', 443), covered('good.test', 80), covered('db.test', 5432)]).toEqual([
    true,
    true,
    true,
  ])
  expect([covered('a.wild.test', 443), covered('a.b.wild.test', 80)]).toEqual([true, true])
  const others = [
    ['good.test', 8080],
    ['db.test', 443],
    ['xgood.test', 443],
    ['good.test.evil.test', 443],
    ['wild.test', 443],
    ['xwild.test', 443],
    ['a.wild.test', 22],
    ['a.wild.test.evil.test', 443],
  ] as const
  expect(others.filter(([host, port]) => covered(host, port))).toEqual([])
})

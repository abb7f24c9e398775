import { expect, it } from 'vitest'
import { parseSettings } from './set.ts'

it('reads every kind of value into a merge patch', () => {
  const pairs = ['memory_mb=256', 'resource_limits.cpu_percent=50', 'auto_restart=false', 'restart_delay=0.5']
  const more = ['tags=a, b', 'description=x=y', 'environment.UNITS=metric', 'env.OLD=', 'max_restarts=']
  expect(parseSettings([...pairs, ...more])).toEqual({
    auto_restart: false,
    restart_delay: 0.5,
    tags: ['a', 'b'],
    description: 'x=y',
    max_restarts: null,
    resource_limits: { memory_mb: 256, cpu_percent: 50 },
    environment: { UNITS: 'metric', OLD: null },
  })
})

it.each([
  ['memory_mb', '"memory_mb" is not key=value'],
  ['memory_mb=lots', '"memory_mb=lots" needs a number'],
  ['auto_restart=yes', '"auto_restart=yes" needs true or false'],
  ['memory=1', 'there is no setting "memory"'],
])('refuses %s', (pair, message) => {
  expect(() => parseSettings([pair])).toThrow(message)
})

import { expect, it } from 'vitest'
import { buildRequest, EMPTY_FORM } from './build-request.ts'

it('sends nothing that nobody chose', () => {
  expect(buildRequest(EMPTY_FORM)).toEqual({ config: {}, secrets: [] })
})

it('keeps secrets out of the configuration', () => {
  const form = {
    ...EMPTY_FORM,
    name: 'weather',
    command: 'python\nserver.py\n\n ',
    variables: [
      { name: 'UNITS', value: 'metric', isSecret: false },
      { name: 'API_KEY', value: 'k', isSecret: true },
      { name: '', value: 'forgotten', isSecret: false },
    ],
    size: 'own',
    memoryMb: '64',
    cpuPercent: '25',
    network: 'list',
    places: ' api.example \n\n*.cdn.example:443',
  } as const
  expect(buildRequest(form)).toEqual({
    config: {
      name: 'weather',
      command: ['python', 'server.py', ' '],
      environment: { UNITS: 'metric' },
      resource_limits: { memory_mb: 64, cpu_percent: 25 },
      allowed_network: true,
      egress: ['api.example', '*.cdn.example:443'],
    },
    secrets: [{ name: 'API_KEY', value: 'k' }],
  })
})

it('closes the network', () => {
  expect(buildRequest({ ...EMPTY_FORM, network: 'none' }).config).toEqual({
    allowed_network: false,
    egress: [],
  })
})

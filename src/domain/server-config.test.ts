import { describe, expect, it } from 'vitest'
import { mergeServerConfig, parseServerConfig } from './server-config.ts'

const parse = (value: unknown) => parseServerConfig(value, 'server_config.json')

describe('parseServerConfig', () => {
  it('takes every key of this release', () => {
    expect(
      parse({
        name: 'weather',
        description: 'Forecasts',
        command: ['python', 'server.py'],
        environment: { UNITS: 'metric', _x1: '' },
        auto_restart: false,
        max_restarts: 0,
        restart_delay: 1.5,
        health_check_interval: 60,
        health_check_timeout: 2.5,
        health_failure_threshold: 5,
        health_success_threshold: 1,
        start_timeout: 10,
        resource_limits: { memory_mb: 256, max_processes: 16 },
        tags: ['a'],
        allowed_network: false,
        allowed_filesystem: ['read'],
        sandboxed: true,
        transport: 'stdio',
        instances: 'shared',
        upstream_era: 'match',
        on_session_loss: 'resume',
        egress: [],
        secrets: ['API_KEY', { name: 'CERT', as: 'file', required: false }],
        health_check_url: null,
        port: null,
        path: '/mcp',
      }),
    ).toEqual({
      config: {
        name: 'weather',
        description: 'Forecasts',
        command: ['python', 'server.py'],
        environment: { UNITS: 'metric', _x1: '' },
        autoRestart: false,
        maxRestarts: 0,
        restartDelaySeconds: 1.5,
        healthCheckIntervalSeconds: 60,
        healthCheckTimeoutSeconds: 2.5,
        healthFailureThreshold: 5,
        healthSuccessThreshold: 1,
        startTimeoutSeconds: 10,
        tags: ['a'],
        secrets: [{ name: 'API_KEY' }, { name: 'CERT', as: 'file', required: false }],
        limits: { memoryMb: 256, maxProcesses: 16 },
        allowedNetwork: false,
        egress: [],
        transport: 'stdio',
        upstreamEra: 'match',
        onSessionLoss: 'resume',
        instances: 'shared',
        path: '/mcp',
      },
      notices: [],
    })
  })

  it('names an unknown key, and the one that was meant', () => {
    expect(parse({ comand: ['x'], resource_limits: { memory_bm: 1 }, zzzzzzzzz: 1 }).notices).toEqual([
      'server_config.json: the key "comand" is not known and has no effect; did you mean "command"?',
      'server_config.json: the key "zzzzzzzzz" is not known and has no effect',
      'server_config.json: the key "resource_limits.memory_bm" is not known and has no effect; did you mean "resource_limits.memory_mb"?',
    ])
  })

  it('says what has no effect here', () => {
    expect(
      parse({ user: 'nobody', allowed_network: true, allowed_filesystem: ['read', 'write'] }).notices,
    ).toEqual([
      'server_config.json: "user" is ignored; every server gets a user of its own',
      'server_config.json: "allowed_network" opens nothing by itself; "egress" lists the places to reach',
      'server_config.json: "allowed_filesystem" has no effect; /app is read-only and /data is writable',
    ])
  })

  it('keeps the places to reach, and says when they have no effect', () => {
    expect(parse({ egress: ['api.example', '*.cdn.example:8443'] })).toEqual({
      config: { egress: ['api.example', '*.cdn.example:8443'] },
      notices: [],
    })
    expect(parse({ allowed_network: false, egress: ['api.example'] }).notices).toEqual([
      'server_config.json: "egress" has no effect while "allowed_network" is false',
    ])
  })

  it.each([
    [[], ''],
    [{ command: 'python server.py' }, 'command'],
    [{ command: [] }, 'command'],
    [{ command: ['a\0--ro-bind'] }, 'command.0'],
    [{ resource_limits: { memory_mb: '256' } }, 'resource_limits.memory_mb'],
    [{ resource_limits: { max_processes: 15 } }, 'resource_limits.max_processes'],
    [{ environment: { 'A-B': 'x' } }, 'environment.A-B'],
    [{ environment: { A: 'x\ny' } }, 'environment.A'],
    [{ environment: { A: 'x\0y' } }, 'environment.A'],
    [{ environment: { A: 'x\ry' } }, 'environment.A'],
    [{ environment: { A: 1 } }, 'environment.A'],
    [{ max_restarts: -1 }, 'max_restarts'],
    [{ start_timeout: 601 }, 'start_timeout'],
    [{ egress: ['example.org', 'https://example.org/'] }, 'egress.1'],
    [{ egress: ['10.0.0.1:80'] }, 'egress.0'],
    [{ egress: ['*.org'] }, 'egress.0'],
    [{ transport: 'sse' }, 'transport'],
    [{ port: 80 }, 'port'],
    [{ port: 3128 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: '8000' }, 'port'],
    [{ path: 'mcp' }, 'path'],
    [{ path: '/mcp#x' }, 'path'],
    [{ path: '/m cp' }, 'path'],
    [{ health_check_url: 'http://localhost/' }, 'health_check_url'],
  ])('refuses %j and names %s', (value, path) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ code: 'invalid_config', details: { source: 'server_config.json', path } }),
    )
  })

  it.each([
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'NODE_OPTIONS',
    'NODE_PATH',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PYTHONHOME',
    'BASH_ENV',
    'ENV',
    'PATH',
    'HOME',
    'TMPDIR',
    'OPTIND',
    'PPID',
  ])('refuses the variable %s', (name) => {
    expect(() => parse({ environment: { [name]: 'x' } })).toThrow(
      `server_config.json: environment.${name}: is set by the platform or changes which code is loaded`,
    )
  })

  it.each([[{ sandboxed: false }, 'sandboxed']])('refuses %j as unsupported', (value, path) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({
        code: 'unsupported_setting',
        message: `server_config.json: "${path}" as given is not available in this release`,
        details: { source: 'server_config.json', path },
      }),
    )
  })
})

describe('mergeServerConfig', () => {
  it.each([
    ['shared', 'shared'],
    ['per_session', 'per_session'],
    ['pool:1', { pool: 1 }],
    ['pool:32', { pool: 32 }],
  ])('reads instances %s', (instances, meant) => {
    expect(parse({ instances, idle_stop_seconds: 60, call_timeout_seconds: 1.5 }).config).toMatchObject({
      instances: meant,
      idleStopSeconds: 60,
      callTimeoutSeconds: 1.5,
    })
  })

  it.each(['pool', 'pool:0', 'pool:33', 'pool:01', 'per_user', ''])('refuses instances %j', (instances) => {
    expect(() => parse({ instances })).toThrow('must be shared, per_principal, per_session or pool:N')
  })

  it('lets earlier sources win, key by key', () => {
    expect(
      mergeServerConfig([
        { environment: { A: '1' }, limits: { memoryMb: 64 } },
        { environment: { A: '2', B: '2' }, limits: { memoryMb: 128, cpuPercent: 50 }, maxRestarts: 1 },
      ]),
    ).toEqual({
      description: '',
      environment: { A: '1', B: '2' },
      autoRestart: true,
      maxRestarts: 1,
      restartDelaySeconds: 5,
      healthCheckIntervalSeconds: 30,
      healthCheckTimeoutSeconds: 5,
      healthFailureThreshold: 3,
      healthSuccessThreshold: 2,
      startTimeoutSeconds: 30,
      limits: { memoryMb: 64, cpuPercent: 50, maxProcesses: 128, diskMb: 512 },
      tags: [],
      allowedNetwork: true,
      egress: [],
      pin: 'warn',
      secrets: [],
      transport: 'stdio',
      port: null,
      path: '/mcp',
      healthCheckUrl: null,
      upstreamEra: 'match',
      onSessionLoss: 'resume',
      instances: 'shared',
      idleStopSeconds: 0,
      callTimeoutSeconds: 0,
      disabledTools: [],
    })
  })

  it('holds the settings of HTTP together, whichever source they are from', () => {
    const http = { transport: 'http', port: 8000 } as const
    expect(mergeServerConfig([{ healthCheckUrl: 'http://127.0.0.1:8000/health' }, http])).toMatchObject({
      ...http,
      path: '/mcp',
      healthCheckUrl: 'http://127.0.0.1:8000/health',
    })
    const refused = [
      [{ transport: 'http' }],
      [{ port: 8000 }],
      [{ transport: 'stdio' }, { port: 8000 }],
      [{ healthCheckUrl: 'http://127.0.0.1:8000/' }],
      [{ healthCheckUrl: 'http://127.0.0.1:8001/' }, http],
    ] as const
    for (const sources of refused) {
      expect(() => mergeServerConfig(sources)).toThrow(expect.objectContaining({ code: 'invalid_config' }))
    }
  })

  it('takes the places of one source whole, never of two together', () => {
    const merged = mergeServerConfig([
      { allowedNetwork: true },
      { egress: ['a.test'] },
      { egress: ['b.test'] },
    ])
    expect(merged.egress).toEqual(['a.test'])
    expect(mergeServerConfig([{ egress: [] }, { egress: ['b.test'] }]).egress).toEqual([])
  })
})

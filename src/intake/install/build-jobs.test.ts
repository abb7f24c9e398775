import { describe, expect, it } from 'vitest'
import { buildNpmSteps, buildPipSteps, buildUvSteps } from './build-jobs.ts'
import type { InstallPlan } from './decide-install.ts'

const sources = {
  arguments: ['--registry=https://r.example/'],
  environment: {},
  binds: [],
  reach: [],
  credentialHosts: [],
  notices: [],
}
const npm = { name: 'npm' as const, argv: ['/opt/node/bin/node', '/opt/npm/bin/npm-cli.js'], version: '12' }
const python = { name: 'python' as const, argv: ['/usr/bin/python3'], version: '3.11.2' }
const uv = { name: 'uv' as const, argv: ['/usr/bin/uv'], version: '0.9' }
const npmPlan = (mode: 'ci' | 'install') => ({
  kind: 'npm' as const,
  mode,
  manifests: [],
  cacheable: true,
  notices: [],
})
const pythonPlan = (more: Partial<Extract<InstallPlan, { kind: 'python' }>>) => ({
  kind: 'python' as const,
  project: null,
  requirements: ['a'],
  constraints: [],
  hasUvLock: false,
  manifests: [],
  cacheable: true,
  notices: [],
  ...more,
})

const COMPILE = [
  '/usr/bin/python3',
  '-I',
  '-S',
  '-m',
  'compileall',
  '-q',
  '--invalidation-mode',
  'unchecked-hash',
  '/app/.venv/lib',
]

it('npm runs no script and writes nothing but node_modules', () => {
  const rest = [
    '--ignore-scripts',
    '--git=git',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--no-progress',
    '--loglevel=warn',
    '--cache=/data/npm-cache',
    '--replace-registry-host=always',
    '--registry=https://r.example/',
  ]
  expect(buildNpmSteps(npmPlan('ci'), npm, sources)).toEqual([
    { title: 'npm ci', argv: [...npm.argv, 'ci', ...rest] },
  ])
  expect(buildNpmSteps(npmPlan('install'), npm, sources)).toEqual([
    { title: 'npm install', argv: [...npm.argv, 'install', '--no-save', '--no-package-lock', ...rest] },
  ])
})

describe('pip', () => {
  const install = [
    'install',
    '--only-binary',
    ':all:',
    '--no-compile',
    '--no-cache-dir',
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    '--requirement',
    '/app/.haivemind-requirements.txt',
  ]

  it('installs wheels only into an environment without pip', () => {
    expect(buildPipSteps(pythonPlan({}), python, true)).toEqual([
      {
        title: 'python -m venv',
        argv: ['/usr/bin/python3', '-I', '-B', '-m', 'venv', '--without-pip', '/app/.venv'],
      },
      {
        title: 'pip install',
        argv: ['/usr/bin/python3', '-I', '-B', '-m', 'pip', '--python', '/app/.venv/bin/python', ...install],
      },
      { title: 'compile', optional: true, argv: COMPILE },
    ])
  })

  it('uses the environment’s own pip where the system has none', () => {
    expect(buildPipSteps(pythonPlan({}), python, false).slice(0, 2)).toEqual([
      { title: 'python -m venv', argv: ['/usr/bin/python3', '-I', '-B', '-m', 'venv', '/app/.venv'] },
      { title: 'pip install', argv: ['/app/.venv/bin/python', '-I', '-B', '-m', 'pip', ...install] },
    ])
  })

  it('makes only the environment when nothing is required', () => {
    expect(buildPipSteps(pythonPlan({ requirements: [] }), python, false)).toEqual([
      {
        title: 'python -m venv',
        argv: ['/usr/bin/python3', '-I', '-B', '-m', 'venv', '--without-pip', '/app/.venv'],
      },
    ])
  })

  it('holds to uv.lock, and goes without where its versions are gone', () => {
    const [, held] = buildPipSteps(pythonPlan({ constraints: ['a==1'] }), python, true)
    expect(held?.argv.slice(-2)).toEqual(['--constraint', '/app/.haivemind-constraints.txt'])
    expect(held?.otherwise?.step.argv).toEqual(held?.argv.slice(0, -2))
    expect(held?.otherwise?.when.test('ERROR: ResolutionImpossible: for help')).toBe(true)
  })
})

describe('uv', () => {
  it('follows its lock to the letter', () => {
    expect(buildUvSteps(pythonPlan({ hasUvLock: true }), uv, python)).toEqual([
      {
        title: 'uv sync',
        argv: [
          '/usr/bin/uv',
          'sync',
          '--frozen',
          '--no-dev',
          '--no-install-project',
          '--no-build',
          '--python',
          '/usr/bin/python3',
        ],
      },
      { title: 'compile', optional: true, argv: COMPILE },
    ])
  })

  it('installs wheels only without one', () => {
    expect(buildUvSteps(pythonPlan({}), uv, python).map((step) => step.argv.slice(1))).toEqual([
      ['venv', '--python', '/usr/bin/python3', '/app/.venv'],
      [
        'pip',
        'install',
        '--python',
        '/app/.venv/bin/python',
        '--only-binary',
        ':all:',
        '--requirement',
        '/app/.haivemind-requirements.txt',
      ],
      COMPILE.slice(1),
    ])
  })
})

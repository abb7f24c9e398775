/** Each installer's commands as data. Package code never runs: no install scripts, wheels only, no build backend. */
import type { Tool } from '../ports.ts'
import type { InstallPlan } from './decide-install.ts'
import type { RenderedSources } from './package-sources.ts'

/** One command line in the jail, at /app. */
export type InstallStep = {
  readonly argv: readonly string[]
  /** For people, in the log and in errors. */
  readonly title: string
  /** Its failure is no failure of the install. */
  readonly optional?: boolean
  /** Taken when it fails with lines that match; `notice` says so to the one who deploys. */
  readonly otherwise?: { readonly when: RegExp; readonly step: InstallStep; readonly notice: string }
}

const VENV = '/app/.venv'
/**
 * `python -m` looks for modules in the working directory first, and that is the archive: its venv.py or logging.py
 * would run instead of the library's, and fill what the cache hands to other deployments.
 */
export const ISOLATED = ['-I', '-B'] as const
/** What the job reads and the version does not keep. */
export const REQUIREMENTS_FILE = '.haivemind-requirements.txt'
export const CONSTRAINTS_FILE = '.haivemind-constraints.txt'

export function buildNpmSteps(
  plan: Extract<InstallPlan, { kind: 'npm' }>,
  npm: Tool,
  sources: RenderedSources,
): readonly InstallStep[] {
  // Without a lock file none is written: the version keeps the archive's own files as they were.
  const mode = plan.mode === 'ci' ? ['ci'] : ['install', '--no-save', '--no-package-lock']
  return [
    {
      title: `npm ${plan.mode}`,
      argv: [
        ...npm.argv,
        ...mode,
        '--ignore-scripts',
        // The archive's .npmrc could name a program of its own, which npm would start.
        '--git=git',
        '--omit=dev',
        '--no-audit',
        '--no-fund',
        '--no-update-notifier',
        '--no-progress',
        '--loglevel=warn',
        '--cache=/data/npm-cache',
        // A lock file made against another registry names its addresses; the operator's is the one in reach.
        '--replace-registry-host=always',
        ...sources.arguments,
      ],
    },
  ]
}

type PythonPlan = Extract<InstallPlan, { kind: 'python' }>

/** @param systemPip whether `python -m pip` works; else the environment gets a pip of its own */
export function buildPipSteps(plan: PythonPlan, python: Tool, systemPip: boolean): readonly InstallStep[] {
  const venv: InstallStep = {
    title: 'python -m venv',
    argv: [
      ...python.argv,
      ...ISOLATED,
      '-m',
      'venv',
      ...(plan.requirements.length === 0 || systemPip ? ['--without-pip'] : []),
      VENV,
    ],
  }
  if (plan.requirements.length === 0) return [venv]
  const pip = systemPip
    ? [...python.argv, ...ISOLATED, '-m', 'pip', '--python', `${VENV}/bin/python`]
    : [`${VENV}/bin/python`, ...ISOLATED, '-m', 'pip']
  const install = {
    title: 'pip install',
    argv: [
      ...pip,
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
      `/app/${REQUIREMENTS_FILE}`,
    ],
  }
  if (plan.constraints.length === 0) return [venv, install, buildCompileStep(python)]
  const held: InstallStep = {
    title: 'pip install, held to uv.lock',
    argv: [...install.argv, '--constraint', `/app/${CONSTRAINTS_FILE}`],
    // A version that was withdrawn since, or that has no wheel for this Python.
    otherwise: {
      when: /ResolutionImpossible|No matching distribution found/,
      step: install,
      notice:
        'uv.lock names versions that cannot be had here; pip chose others within the ranges of pyproject.toml',
    },
  }
  return [venv, held, buildCompileStep(python)]
}

/** uv's own lock to the letter, else its resolver; both into the same environment. */
export function buildUvSteps(plan: PythonPlan, uv: Tool, python: Tool): readonly InstallStep[] {
  const interpreter = python.argv[0] ?? 'python3'
  if (plan.hasUvLock) {
    return [
      {
        title: 'uv sync',
        argv: [
          ...uv.argv,
          'sync',
          '--frozen',
          '--no-dev',
          '--no-install-project',
          '--no-build',
          '--python',
          interpreter,
        ],
      },
      buildCompileStep(python),
    ]
  }
  const venv = { title: 'uv venv', argv: [...uv.argv, 'venv', '--python', interpreter, VENV] }
  if (plan.requirements.length === 0) return [venv]
  return [
    venv,
    {
      title: 'uv pip install',
      argv: [
        ...uv.argv,
        'pip',
        'install',
        '--python',
        `${VENV}/bin/python`,
        '--only-binary',
        ':all:',
        '--requirement',
        `/app/${REQUIREMENTS_FILE}`,
      ],
    },
    buildCompileStep(python),
  ]
}

export const UV_ENVIRONMENT: Readonly<Record<string, string>> = {
  UV_PROJECT_ENVIRONMENT: VENV,
  UV_PYTHON_DOWNLOADS: 'never',
  UV_CACHE_DIR: '/data/uv-cache',
  UV_LINK_MODE: 'copy',
  UV_NO_PROGRESS: '1',
  UV_NO_CONFIG: '1',
}

/**
 * Byte code by content, not by time: a read-only tree cannot be compiled later, and the times of files that are
 * linked or copied out of the cache would not match. -I -S: nothing that was installed runs.
 */
function buildCompileStep(python: Tool): InstallStep {
  return {
    title: 'compile',
    optional: true,
    argv: [
      ...python.argv,
      '-I',
      '-S',
      '-m',
      'compileall',
      '-q',
      '--invalidation-mode',
      'unchecked-hash',
      `${VENV}/lib`,
    ],
  }
}

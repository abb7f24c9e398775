/**
 * What an unpacked archive is and how it starts. Precedence: request, server_config.json, manifest.json, then
 * package.json, pyproject.toml and the files themselves; every decision leaves a sentence.
 */
import { PIN_MODES, type PinMode } from '../../domain/definition.ts'
import { AppError } from '../../domain/error.ts'
import type { RuntimeKind } from '../../domain/runtime-kind.ts'
import { looksSecret } from '../../domain/secret-declaration.ts'
import type { ServerConfig, ServerShape } from '../../domain/server.ts'
import {
  mergeServerConfig,
  parseServerConfig,
  type ParsedServerConfig,
  type PartialServerConfig,
} from '../../domain/server-config.ts'
import { parseJsonFile } from '../../domain/settings-file.ts'
import type { AppTree } from './app-tree.ts'
import { describeShape } from './describe-shape.ts'
import { findEntryFile, findShebangFile, type EntryFile } from './entry-files.ts'
import { readMcpbManifest, type McpbManifest } from './mcpb-manifest.ts'
import { pickBin, readNodePackage, type NodePackage } from './node-package.ts'
import { readRegistrySecrets } from './registry-manifest.ts'
import { readPythonProject, type PythonProject } from './python-project.ts'
import {
  buildScriptCommand,
  resolveCommand,
  type DeclaredPrograms,
  type StartCommand,
} from './start-command.ts'

export type Detected = {
  /** As the request or the archive names it. */
  readonly name: string | null
  /** As the request or the archive gives it; undefined: neither does. */
  readonly expiresAt: string | null | undefined
  readonly config: ServerConfig
  readonly start: StartCommand
  readonly node: NodePackage | null
  readonly python: PythonProject | null
  /** Extra import directories, absolute below /app. */
  readonly pythonPath: readonly string[]
  readonly reasons: readonly string[]
  readonly notices: readonly string[]
  readonly shape: ServerShape
}

type Found = { readonly start: StartCommand; readonly reason: string }

/** @param defaults the platform's own, for what nobody says. Throws AppError of the kinds that the parts name. */
export async function detectServer(
  tree: AppTree,
  request: ParsedServerConfig,
  defaults: PartialServerConfig = {},
): Promise<Detected> {
  const file = await readServerConfigFile(tree)
  const given = { ...file.config.environment, ...request.config.environment }
  const manifest = await readMcpbManifest(tree, given)
  const registry = await readRegistrySecrets(tree)
  const node = await readNodePackage(tree)
  const python = await readPythonProject(tree)
  const programs = listPrograms(tree, node, python)
  /** What findBy… found and could not use. */
  const unused: string[] = []
  const { start, reason } =
    (await findStated(tree, programs, request, file, manifest)) ??
    (await findByManifests(tree, programs, node, python, unused)) ??
    (await findByFiles(tree, unused))
  const description = manifest?.description ?? python?.description ?? node?.description
  const config = mergeServerConfig([
    request.config,
    holdPin(file.config, defaults),
    ...(manifest === null ? [] : [{ environment: manifest.environment, secrets: manifest.secrets }]),
    { secrets: registry },
    ...(typeof description === 'string' ? [{ description: description.slice(0, 2_000) }] : []),
    defaults,
  ])
  return {
    expiresAt: request.config.expiresAt === undefined ? file.config.expiresAt : request.config.expiresAt,
    name: request.config.name ?? file.config.name ?? manifest?.name ?? null,
    config,
    start,
    node,
    python,
    pythonPath: start.runtime === 'python' ? (manifest?.pythonPath ?? []) : [],
    shape: {
      ...(await describeShape(tree, node, python)),
      isMemorySet: [request.config, file.config, defaults].some(
        ({ limits }) => limits?.memoryMb !== undefined,
      ),
    },
    reasons: [reason, `The runtime is ${start.runtime}: the start command is ${start.command.join(' ')}`],
    notices: [
      ...request.notices,
      ...file.notices,
      ...(manifest?.notices ?? []),
      ...listExposed(config),
      ...unused,
    ],
  }
}

/** How its own changes are watched is not the archive's to loosen. */
function holdPin(file: PartialServerConfig, defaults: PartialServerConfig): PartialServerConfig {
  const strictness = (pin: PinMode = 'warn') => PIN_MODES.indexOf(pin)
  const { pin, ...rest } = file
  return pin === undefined || strictness(pin) > strictness(defaults.pin) ? file : rest
}

/** What is in `environment` is stored as it is. */
function listExposed({ environment }: ServerConfig): readonly string[] {
  return Object.keys(environment)
    .filter(looksSecret)
    .map(
      (name) =>
        `The variable ${name} looks like a secret and is stored in plain: name it in "secrets" and set it with haivemind secret set`,
    )
}

async function readServerConfigFile(tree: AppTree): Promise<ParsedServerConfig> {
  const source = 'server_config.json'
  const text = await tree.read(source)
  return text === null ? { config: {}, notices: [] } : parseServerConfig(parseJsonFile(text, source), source)
}

function listPrograms(
  tree: AppTree,
  node: NodePackage | null,
  python: PythonProject | null,
): DeclaredPrograms {
  const hasNodeDependencies = Object.keys(node?.dependencies ?? {}).length > 0
  const hasPythonDependencies = (python?.dependencies.length ?? 0) > 0 || tree.has('requirements.txt')
  return {
    scripts: python?.scripts ?? {},
    bins: node?.bins ?? {},
    installs: hasPythonDependencies ? 'python' : hasNodeDependencies ? 'node' : null,
  }
}

/** Somebody said it outright. */
async function findStated(
  tree: AppTree,
  programs: DeclaredPrograms,
  request: ParsedServerConfig,
  file: ParsedServerConfig,
  manifest: McpbManifest | null,
): Promise<Found | null> {
  const stated = [
    ['the request', request.config.command],
    ['server_config.json', file.config.command],
    ['manifest.json', manifest?.command],
  ] as const
  for (const [source, command] of stated) {
    if (command !== undefined) {
      return {
        start: await resolveCommand(command, tree, programs, source),
        reason: `${source === 'the request' ? 'The request' : source} names the start command`,
      }
    }
  }
  return null
}

async function findByManifests(
  tree: AppTree,
  programs: DeclaredPrograms,
  node: NodePackage | null,
  python: PythonProject | null,
  notices: string[],
): Promise<Found | null> {
  return (
    (node === null ? null : await findByPackageJson(tree, node, programs, notices)) ??
    (python === null ? null : findByScripts(python, notices))
  )
}

async function findByPackageJson(
  tree: AppTree,
  node: NodePackage,
  programs: DeclaredPrograms,
  notices: string[],
): Promise<Found | null> {
  const from = (path: string, reason: string): Found => ({
    start: { runtime: 'node', command: ['node', path], installedProgram: false },
    reason,
  })
  const bin = pickBin(node)
  if (bin !== null) {
    const [name, path] = bin
    if (tree.has(path)) return from(path, `package.json names the program ${name}: ${path}`)
    notices.push(`package.json: bin names ${path}, which is not in the archive; nothing is built here`)
  }
  const main = node.main
  if (main !== null) {
    const path = [main, `${main}.js`, `${main}/index.js`].find((candidate) => tree.has(candidate))
    if (path !== undefined) return from(path, `package.json names ${path} as "main"`)
    notices.push(`package.json: main names ${main}, which is not in the archive; nothing is built here`)
  }
  return node.start === null ? null : findByStartScript(tree, node.start, programs, notices)
}

/** `npm start` goes through a shell; only a script that means the same without one is taken. */
async function findByStartScript(
  tree: AppTree,
  script: string,
  programs: DeclaredPrograms,
  notices: string[],
): Promise<Found | null> {
  const argv = script.trim().split(/\s+/)
  if (!/^[\w@%+=:,./ -]+$/.test(script) || !/^(?:node|bash|sh|python3?)$/.test(argv[0] ?? '')) {
    notices.push('package.json: scripts.start is not a plain "node file" command and is not used')
    return null
  }
  const start = await resolveCommand(argv, tree, programs, 'package.json')
  return { start, reason: `package.json has the start script ${JSON.stringify(script)}` }
}

function findByScripts(python: PythonProject, notices: string[]): Found | null {
  const scripts = Object.entries(python.scripts)
  const script = scripts.find(([name]) => name === python.name) ?? scripts[0]
  if (script === undefined) return null
  const [name, entryPoint] = script
  if (scripts.length > 1) {
    notices.push(
      `${python.source}: of ${scripts.length} scripts ${name} is used; name another with "command"`,
    )
  }
  return {
    start: { runtime: 'python', command: buildScriptCommand(entryPoint), installedProgram: false },
    reason: `${python.source} names the script ${name} = ${entryPoint}`,
  }
}

/**
 * By the files' names; two runtimes that would do are a question, not a choice.
 * @param unused why a manifest was of no use
 */
async function findByFiles(tree: AppTree, unused: readonly string[]): Promise<Found> {
  const runtimes: readonly RuntimeKind[] = ['python', 'node']
  const entries = runtimes.map((runtime) => findEntryFile(tree, runtime)).filter((entry) => entry !== null)
  const [entry, other] = entries
  if (entry !== undefined && other !== undefined) {
    throw notDetected(`both ${entry.command.at(-1)} and ${other.command.at(-1)} could start it`)
  }
  const found = entry ?? (await findShebangFile(tree)) ?? findEntryFile(tree, 'bash')
  if (found === null && unused.length > 0) {
    throw notDetected(
      unused.join('; '),
      'Build before you pack, so that the archive holds that file, or add a server_config.json with "command".',
    )
  }
  if (found === null) {
    const top = tree.paths.filter((path) => !path.includes('/')).slice(0, 8)
    throw notDetected(
      `no manifest and no known start file (at the top: ${top.join(', ') || 'only directories'})`,
    )
  }
  return { start: toStart(found), reason: found.reason }
}

function toStart({ runtime, command }: EntryFile): StartCommand {
  return { runtime, command, installedProgram: false }
}

function notDetected(why: string, hint?: string): AppError {
  return new AppError('runtime_not_detected', `How to run this archive is not clear: ${why}`, { hint })
}

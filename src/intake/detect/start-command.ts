/** From a command as somebody wrote it to one that the sandbox can start: a runtime's word and its arguments. */
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import type { RuntimeKind } from '../../domain/runtime-kind.ts'
import type { AppTree } from './app-tree.ts'
import { parseShebang, runtimeOfFile, runtimeOfWord, WORDS } from './shebang.ts'

export type StartCommand = {
  readonly runtime: RuntimeKind
  /** Starts with 'python3', 'node' or 'bash'; or with a word of `installedProgram`. */
  readonly command: readonly string[]
  /** The first word is a program that only the installed dependencies bring. */
  readonly installedProgram: boolean
}

/** Programs that the project itself declares. */
export type DeclaredPrograms = {
  /** [project.scripts]: name → 'module:function'. */
  readonly scripts: Readonly<Record<string, string>>
  /** package.json "bin": name → file. */
  readonly bins: Readonly<Record<string, string>>
  /** Which runtimes bring dependencies that may hold further programs. */
  readonly installs: RuntimeKind | null
}

const DOWNLOADS = new Map([
  ['npx', 'put the package into the archive, or name its start file: ["node", "dist/index.js"]'],
  ['uvx', 'put the package into requirements.txt and use ["python", "-m", "its_module"]'],
  ['pipx', 'put the package into requirements.txt and use ["python", "-m", "its_module"]'],
  ['npm', 'name the start file instead: ["node", "index.js"]'],
  ['pnpm', 'name the start file instead: ["node", "index.js"]'],
  ['yarn', 'name the start file instead: ["node", "index.js"]'],
  ['docker', 'put the server’s files into the archive'],
  ['podman', 'put the server’s files into the archive'],
])

/** Options that take the next argument, or that make the program text an argument, per runtime. */
const OPTIONS: Readonly<Record<RuntimeKind, { readonly takesValue: RegExp; readonly noFile: RegExp }>> = {
  python: { takesValue: /^-[WX]$/, noFile: /^(?:-[a-zA-Z]*[cm].*|-)$/ },
  node: {
    takesValue: /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions)$/,
    noFile: /^(?:-e|--eval|-p|--print|-pe|--eval=.*|-)$/,
  },
  bash: { takesValue: /^[-+]O$/, noFile: /^-[a-z]*[cs][a-z]*$/ },
}

/**
 * @param source who gave it, for messages
 * Throws AppError `command_not_found`, `runtime_not_allowed` or `invalid_config`.
 */
export async function resolveCommand(
  argv: readonly string[],
  tree: AppTree,
  programs: DeclaredPrograms,
  source: string,
): Promise<StartCommand> {
  const [word = '', ...args] = argv
  const runtime = runtimeOfWord(word)
  if (runtime !== null) {
    checkFileArgument(runtime, args, tree, source)
    return { runtime, command: [WORDS[runtime], ...args], installedProgram: false }
  }
  if (word === 'uv') return resolveUvRun(args, tree, programs, source)
  const instead = DOWNLOADS.get(word)
  if (instead !== undefined) {
    throw new AppError(
      'invalid_config',
      `${source}: "command" starts with ${word}, which fetches at run time`,
      {
        hint: `What runs is what was looked at, so nothing is fetched at a start; ${instead}.`,
        details: { source, path: 'command.0' },
      },
    )
  }
  const path = toAppPath(word)
  if (path !== null && tree.has(path)) return resolveFile(path, args, tree, source)
  return resolveProgram(word, args, tree, programs, source)
}

async function resolveFile(
  path: string,
  args: readonly string[],
  tree: AppTree,
  source: string,
): Promise<StartCommand> {
  const firstLine = await tree.readFirstLine(path)
  const runtime = firstLine.startsWith('#!') ? parseShebang(firstLine) : runtimeOfFile(path)
  if (runtime === null) {
    const why = firstLine.startsWith('#!')
      ? `asks for ${JSON.stringify(firstLine.slice(2, 80))}`
      : 'has no #! line of a known runtime'
    throw new AppError('runtime_not_allowed', `${source}: ${path} ${why}; hosted are python, node and bash`, {
      details: { source, path: 'command.0' },
    })
  }
  return { runtime, command: [WORDS[runtime], path, ...args], installedProgram: false }
}

function resolveProgram(
  word: string,
  args: readonly string[],
  tree: AppTree,
  programs: DeclaredPrograms,
  source: string,
): StartCommand {
  const script = Object.hasOwn(programs.scripts, word) ? programs.scripts[word] : undefined
  if (script !== undefined) {
    return { runtime: 'python', command: [...buildScriptCommand(script), ...args], installedProgram: false }
  }
  const bin = Object.hasOwn(programs.bins, word) ? programs.bins[word] : undefined
  if (bin !== undefined && tree.has(bin)) {
    return { runtime: 'node', command: ['node', bin, ...args], installedProgram: false }
  }
  if (programs.installs !== null && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word)) {
    return { runtime: programs.installs, command: [word, ...args], installedProgram: true }
  }
  if (!word.includes('/') && !tree.has(word)) {
    throw new AppError(
      'runtime_not_allowed',
      `${source}: "command" starts with ${JSON.stringify(word)}, which is neither python, node or bash nor a file of the archive`,
      { details: { source, path: 'command.0' } },
    )
  }
  throw missing(word, tree, source)
}

/** `uv run [options] target …`: the environment is made at deployment, so only the target counts. */
async function resolveUvRun(
  args: readonly string[],
  tree: AppTree,
  programs: DeclaredPrograms,
  source: string,
): Promise<StartCommand> {
  const refuse = (why: string): never => {
    throw new AppError('invalid_config', `${source}: "command" ${why}`, {
      hint: 'Use ["uv", "run", "server.py"], or name python and the file.',
      details: { source, path: 'command' },
    })
  }
  const rest = [...args]
  for (;;) {
    const directory = /^--(?:directory|project)$/.test(rest[0] ?? '') ? rest[1] : undefined
    if (directory === undefined) break
    if (!['.', './', '/app', '/app/'].includes(directory)) refuse(`runs uv in ${JSON.stringify(directory)}`)
    rest.splice(0, 2)
  }
  if (rest.shift() !== 'run') refuse('starts with uv but is not uv run')
  for (;;) {
    const option = rest[0] ?? refuse('names nothing for uv to run')
    if (/^--(?:directory|project)$/.test(option)) {
      const directory = rest[1] ?? ''
      if (!['.', './', '/app', '/app/'].includes(directory)) refuse(`runs uv in ${JSON.stringify(directory)}`)
      rest.splice(0, 2)
    } else if (/^--(?:frozen|locked|no-sync|no-dev|quiet|offline)$|^-q$/.test(option)) rest.shift()
    else break
  }
  const [target = '', ...targetArgs] = rest
  if (target === '-m' || target === '--module') {
    return { runtime: 'python', command: ['python3', '-m', ...targetArgs], installedProgram: false }
  }
  if (target.startsWith('-')) refuse(`uses uv run with ${target}, which is not supported`)
  return resolveCommand([target, ...targetArgs], tree, programs, source)
}

/** `module:function`, as an entry point names it, without a script file. Throws AppError `invalid_config`. */
export function buildScriptCommand(entryPoint: string): readonly string[] {
  const match = /^([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)(?:\s*\[.*\])?$/.exec(
    entryPoint.trim(),
  )
  if (match === null) {
    throw new AppError(
      'invalid_config',
      `pyproject.toml: the script ${JSON.stringify(entryPoint)} is not module:function`,
    )
  }
  const [, module = '', first = '', rest = ''] = match
  return ['python3', '-c', `import sys; from ${module} import ${first}; sys.exit(${first}${rest}())`]
}

/** The first argument that is not an option is a file; it must exist. */
function checkFileArgument(
  runtime: RuntimeKind,
  args: readonly string[],
  tree: AppTree,
  source: string,
): void {
  const { takesValue, noFile } = OPTIONS[runtime]
  for (let n = 0; n < args.length; n++) {
    const argument = args[n] ?? ''
    if (takesValue.test(argument)) n++
    else if (noFile.test(argument)) return
    else if (!argument.startsWith('-')) {
      const path = toAppPath(argument)
      if (path !== null && exists(path, runtime, tree)) return
      throw missing(argument, tree, source)
    }
  }
  throw new AppError('invalid_config', `${source}: "command" names no file for ${WORDS[runtime]} to run`, {
    details: { source, path: 'command' },
  })
}

/** Node finds files without their ending and a directory's main file; Python runs a directory's __main__. */
function exists(path: string, runtime: RuntimeKind, tree: AppTree): boolean {
  if (tree.has(path)) return true
  if (runtime === 'python') return tree.has(path === '' ? '__main__.py' : `${path}/__main__.py`)
  if (runtime === 'bash') return false
  return path === '' || tree.has(`${path}.js`) || tree.hasDirectory(path)
}

function missing(argument: string, tree: AppTree, source: string): AppError {
  const close = nearest(toAppPath(argument) ?? argument, tree.paths.slice(0, 300))
  return new AppError('command_not_found', `${source}: ${JSON.stringify(argument)} is not in the archive`, {
    hint:
      close === null
        ? 'Correct "command" in server_config.json; paths are relative to /app.'
        : `Did you mean ${JSON.stringify(close)}? Paths are relative to /app.`,
    details: { source, path: 'command' },
  })
}

/** Relative to /app, normalised; null for what lies elsewhere. */
export function toAppPath(argument: string): string | null {
  const relative = argument.startsWith('/app/') ? argument.slice(5) : argument === '/app' ? '' : argument
  if (relative.startsWith('/')) return null
  const segments = relative.split('/').filter((segment) => segment !== '' && segment !== '.')
  return segments.includes('..') ? null : segments.join('/')
}

import { describe, expect, it } from 'vitest'
import { parseServerConfig } from '../../domain/server-config.ts'
import { buildAppTree } from './app-tree.ts'
import { detectServer } from './detect-server.ts'

type Files = Readonly<Record<string, string | object>>

function detect(files: Files, request: object = {}) {
  const tree = buildAppTree(Object.keys(files), async (path, maxBytes) => {
    const content = files[path] ?? ''
    return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).subarray(0, maxBytes)
  })
  return detectServer(tree, parseServerConfig(request, 'the request'))
}

describe('the start command', () => {
  it.each<readonly [string, Files, readonly string[], string]>([
    [
      'server_config.json',
      { 'server_config.json': { command: ['python', './server.py', '-v'] }, 'server.py': '' },
      ['python3', './server.py', '-v'],
      'server_config.json names the start command',
    ],
    [
      'an absolute path in /app',
      { 'server_config.json': { command: ['node', '/app/a.mjs'] }, 'a.mjs': '' },
      ['node', '/app/a.mjs'],
      'server_config.json names the start command',
    ],
    [
      'a script with #!',
      { 'server_config.json': { command: ['./bin/run', 'x'] }, 'bin/run': '#!/usr/bin/env -S python3 -u\n' },
      ['python3', 'bin/run', 'x'],
      'server_config.json names the start command',
    ],
    [
      'a module',
      { 'server_config.json': { command: ['python3', '-m', 'pkg'] } },
      ['python3', '-m', 'pkg'],
      'server_config.json names the start command',
    ],
    [
      'options before the file',
      {
        'server_config.json': { command: ['node', '--import', 'x', '--enable-source-maps', 'a.js'] },
        'a.js': '',
      },
      ['node', '--import', 'x', '--enable-source-maps', 'a.js'],
      'server_config.json names the start command',
    ],
    [
      'a command with shell characters stays literal',
      { 'server_config.json': { command: ['bash', 's.sh', '$(id);|&'] }, 's.sh': '' },
      ['bash', 's.sh', '$(id);|&'],
      'server_config.json names the start command',
    ],
    [
      'uv run',
      {
        'server_config.json': { command: ['uv', 'run', '--directory', '/app', 'server.py'] },
        'server.py': '',
      },
      ['python3', 'server.py'],
      'server_config.json names the start command',
    ],
    [
      'one bin',
      { 'package.json': { name: '@a/thing', bin: { 'mcp-thing': './dist/cli.js' } }, 'dist/cli.js': '' },
      ['node', 'dist/cli.js'],
      'package.json names the program mcp-thing: dist/cli.js',
    ],
    [
      'the bin named like the package',
      { 'package.json': { name: '@a/thing', bin: { other: 'o.js', thing: 't.js' } }, 'o.js': '', 't.js': '' },
      ['node', 't.js'],
      'package.json names the program thing: t.js',
    ],
    [
      'main',
      { 'package.json': { main: './lib' }, 'lib/index.js': '' },
      ['node', 'lib/index.js'],
      'package.json names lib/index.js as "main"',
    ],
    [
      'a plain start script',
      { 'package.json': { scripts: { start: 'node src/run.ts --stdio' } }, 'src/run.ts': '' },
      ['node', 'src/run.ts', '--stdio'],
      'package.json has the start script "node src/run.ts --stdio"',
    ],
    [
      'a project script',
      { 'pyproject.toml': '[project]\nname = "mcp-x"\n[project.scripts]\nmcp-x = "mcp_x.cli:main"\n' },
      ['python3', '-c', 'import sys; from mcp_x.cli import main; sys.exit(main())'],
      'pyproject.toml names the script mcp-x = mcp_x.cli:main',
    ],
    [
      'a wheel',
      {
        'x-1.dist-info/METADATA': 'Name: x\nVersion: 1\n',
        'x-1.dist-info/entry_points.txt': '[console_scripts]\nx = x:run\n',
        'x/__init__.py': '',
      },
      ['python3', '-c', 'import sys; from x import run; sys.exit(run())'],
      'x-1.dist-info/METADATA names the script x = x:run',
    ],
    [
      'a usual name',
      { 'requirements.txt': '', 'main.py': '', 'tools.py': '' },
      ['python3', 'main.py'],
      'main.py is the usual name of a start file',
    ],
    [
      'a runnable package',
      { 'weather/__main__.py': '', 'weather/__init__.py': '' },
      ['python3', '-m', 'weather'],
      'weather/__main__.py makes the package weather runnable',
    ],
    [
      'the only file of its kind',
      { 'weather.py': '', 'setup.py': '', 'test_weather.py': '' },
      ['python3', 'weather.py'],
      'weather.py is the only python file at the top',
    ],
    [
      'TypeScript',
      { 'server.ts': '', 'README.md': '' },
      ['node', 'server.ts'],
      'server.ts is the usual name of a start file',
    ],
    [
      'a #! line',
      { serve: '#!/bin/sh\n', 'README.md': '' },
      ['bash', 'serve'],
      'serve starts with #!/bin/sh',
    ],
    [
      'a shell script',
      { 'tool.sh': 'echo hi' },
      ['bash', 'tool.sh'],
      'tool.sh is the only bash file at the top',
    ],
  ])('%s', async (_what, files, command, reason) => {
    const { start, reasons } = await detect(files)
    expect(start.command).toEqual(command)
    expect(reasons[0]).toBe(reason)
  })

  it('is the request’s before the archive’s', async () => {
    const files = { 'server_config.json': { command: ['python', 'a.py'] }, 'a.py': '', 'b.sh': '' }
    const { start, reasons } = await detect(files, { command: ['bash', 'b.sh'] })
    expect(start).toEqual({ runtime: 'bash', command: ['bash', 'b.sh'], installedProgram: false })
    expect(reasons).toEqual([
      'The request names the start command',
      'The runtime is bash: the start command is bash b.sh',
    ])
  })

  it('may be a program that a dependency brings', async () => {
    const files = {
      'requirements.txt': 'mcp-server-time',
      'server_config.json': { command: ['mcp-server-time'] },
    }
    expect((await detect(files)).start).toEqual({
      runtime: 'python',
      command: ['mcp-server-time'],
      installedProgram: true,
    })
  })

  it('says when built files are missing', async () => {
    const files = { 'package.json': { bin: 'dist/index.js', name: 'a' }, 'src/index.ts': '' }
    const { start, notices } = await detect(files)
    expect(start.command).toEqual(['node', 'src/index.ts'])
    expect(notices).toEqual([
      'package.json: bin names dist/index.js, which is not in the archive; nothing is built here',
    ])
  })

  it.each<readonly [string, Files, string, string]>([
    [
      'a file that is not there',
      { 'server_config.json': { command: ['python', 'sever.py'] }, 'server.py': '' },
      'command_not_found',
      'server_config.json: "sever.py" is not in the archive',
    ],
    [
      'a file outside',
      { 'server_config.json': { command: ['bash', '../../bin/x'] } },
      'command_not_found',
      'server_config.json: "../../bin/x" is not in the archive',
    ],
    [
      'an absolute program',
      { 'server_config.json': { command: ['/usr/bin/perl', 'x'] } },
      'command_not_found',
      'server_config.json: "/usr/bin/perl" is not in the archive',
    ],
    [
      'another language',
      { 'server_config.json': { command: ['ruby', 'finish.rb'] }, 'finish.rb': '' },
      'runtime_not_allowed',
      'server_config.json: "command" starts with "ruby", which is neither python, node or bash nor a file of the archive',
    ],
    [
      'a script in another language',
      { 'server_config.json': { command: ['./finish.rb'] }, 'finish.rb': '#!/usr/bin/env ruby\n# bash' },
      'runtime_not_allowed',
      'server_config.json: finish.rb asks for "/usr/bin/env ruby"; hosted are python, node and bash',
    ],
    [
      'npx',
      { 'server_config.json': { command: ['npx', '-y', 'x'] } },
      'invalid_config',
      'server_config.json: "command" starts with npx, which fetches at run time',
    ],
    [
      'a command without a file',
      { 'server_config.json': { command: ['node', '--inspect'] } },
      'invalid_config',
      'server_config.json: "command" names no file for node to run',
    ],
    [
      'broken JSON',
      { 'server_config.json': '{"command": [}' },
      'invalid_config',
      'server_config.json: Unexpected token',
    ],
    ['broken TOML', { 'pyproject.toml': '[project' }, 'invalid_config', 'pyproject.toml: Invalid TOML'],
    [
      'a Ruby server',
      { 'finish.rb': 'exec bash', Gemfile: '' },
      'runtime_not_detected',
      'How to run this archive is not clear: no manifest and no known start file (at the top: finish.rb, Gemfile)',
    ],
    [
      'an archive that only a notice speaks of',
      { 'server_config.json': { user: 'root' }, 'notes.txt': '' },
      'runtime_not_detected',
      'How to run this archive is not clear: no manifest and no known start file (at the top: server_config.json, notes.txt)',
    ],
    [
      'a package that was not built',
      { 'package.json': { main: 'dist/index.js', name: 'a' }, 'src/weather.ts': '' },
      'runtime_not_detected',
      'How to run this archive is not clear: package.json: main names dist/index.js, which is not in the archive; nothing is built here',
    ],
    [
      'two start files',
      { 'server.py': '', 'server.js': '' },
      'runtime_not_detected',
      'How to run this archive is not clear: both server.py and server.js could start it',
    ],
    [
      'a script that is no entry point',
      { 'pyproject.toml': '[project]\nname = "x"\n[project.scripts]\nx = "x:main(); evil"\n' },
      'invalid_config',
      'pyproject.toml: the script "x:main(); evil" is not module:function',
    ],
  ])('is refused: %s', async (_what, files, code, message) => {
    await expect(detect(files)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as unknown,
    })
  })
})

describe('a bundle', () => {
  const bundle = (server: object, more: object = {}) => ({
    'manifest.json': { manifest_version: '0.3', name: 'b', description: 'Bundled', server, ...more },
    'server/main.py': '',
    'server/index.js': '',
  })

  it('starts by its mcp_config, with variables put in once and literally', async () => {
    const { start, config, name } = await detect(
      bundle(
        {
          type: 'node',
          entry_point: 'server/index.js',
          mcp_config: {
            command: 'node',
            args: [
              '${__dirname}/server/index.js',
              '--dir=${user_config.dir}',
              '${user_config.roots}',
              '${user_config.unset}',
              '${HOME}',
            ],
            env: { DIR: '${user_config.dir}', GONE: '${user_config.unset}', KEEP: '$& ${unknown}' },
            platform_overrides: { linux: { env: { OS: 'linux' } }, win32: { command: 'node.exe' } },
          },
        },
        {
          user_config: {
            dir: { type: 'string', default: '${user_config.secret} $&' },
            secret: { type: 'string', default: 's3cret' },
            roots: { type: 'directory', multiple: true, default: ['${HOME}/a', '/b'] },
            unset: { type: 'string' },
          },
        },
      ),
    )
    expect(start.command).toEqual([
      'node',
      '/app/server/index.js',
      '--dir=${user_config.secret} $&',
      '/data/a',
      '/b',
      '/data',
    ])
    expect(config.environment).toEqual({
      DIR: '${user_config.secret} $&',
      KEEP: '$& ${unknown}',
      OS: 'linux',
    })
    expect([name, config.description]).toEqual(['b', 'Bundled'])
  })

  it('brings its import path without a variable', async () => {
    const { pythonPath, config, notices } = await detect(
      bundle({
        type: 'python',
        mcp_config: {
          command: 'python',
          args: ['${__dirname}/server/main.py'],
          env: { PYTHONPATH: '${__dirname}/server/lib', LD_PRELOAD: 'x.so' },
        },
      }),
    )
    expect(pythonPath).toEqual(['/app/server/lib'])
    expect(config.environment).toEqual({})
    expect(notices).toEqual([
      'manifest.json: the variable LD_PRELOAD is left out; it is set by the platform or changes which code is loaded',
    ])
  })

  it('starts at its entry point when it says no more', async () => {
    expect((await detect(bundle({ type: 'uv', entry_point: 'server/main.py' }))).start.command).toEqual([
      'python3',
      '/app/server/main.py',
    ])
  })

  const needs = (key: object) =>
    bundle(
      {
        type: 'python',
        mcp_config: {
          command: 'python',
          args: ['server/main.py'],
          env: { API_KEY: '${user_config.key}', HEADER: 'Bearer ${user_config.key}' },
        },
      },
      { user_config: { key: { type: 'string', required: true, ...key } } },
    )

  it('names a setting that is required, and how to give it', async () => {
    await expect(detect(needs({}))).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'manifest.json: user_config.key: is required and has no default',
      hint: 'Give it as API_KEY in the request’s "environment".',
    })
    expect((await detect(needs({}), { environment: { API_KEY: 'k' } })).config.environment).toEqual({
      API_KEY: 'k',
    })
  })

  it('takes a sensitive setting as a secret', async () => {
    const { config } = await detect(needs({ sensitive: true, description: 'From the console' }))
    expect(config.environment).toEqual({})
    expect(config.secrets).toEqual([
      { name: 'API_KEY', description: 'From the console', required: true, as: 'environment' },
      {
        name: 'HEADER',
        description: 'From the console; In the form Bearer ${user_config.key}',
        required: true,
        as: 'environment',
      },
    ])
  })

  it('takes an empty default as given', async () => {
    const files = bundle(
      { type: 'python', mcp_config: { command: 'python', args: ['server/main.py', '${user_config.n}'] } },
      { user_config: { n: { type: 'number', required: true, default: 0 } } },
    )
    expect((await detect(files)).start.command).toEqual(['python3', 'server/main.py', '0'])
  })

  it('refuses a binary by name', async () => {
    await expect(detect(bundle({ type: 'binary', entry_point: 'x' }))).rejects.toMatchObject({
      code: 'runtime_not_allowed',
      message: 'manifest.json: server.type "binary" is not hosted',
    })
  })

  it('leaves another program’s manifest.json alone', async () => {
    const files = { 'manifest.json': { manifest_version: 3, name: 'An extension' }, 'server.py': '' }
    expect((await detect(files)).start.command).toEqual(['python3', 'server.py'])
  })
})

describe('secrets', () => {
  it('come from the request, server_config.json and the registry’s server.json', async () => {
    const { config } = await detect(
      {
        'server.py': '',
        'server_config.json': { secrets: [{ name: 'B', as: 'file', description: 'b' }] },
        'server.json': {
          name: 'io.example/weather',
          packages: [
            {
              environmentVariables: [
                { name: 'C', isSecret: true, isRequired: false, description: 'c' },
                { name: 'PLAIN', isSecret: false },
                { name: 'LD_PRELOAD', isSecret: true },
              ],
            },
          ],
        },
      },
      { secrets: ['A', 'B'] },
    )
    expect(config.secrets).toEqual([
      { name: 'A', description: '', required: true, as: 'environment' },
      { name: 'B', description: 'b', required: true, as: 'file' },
      { name: 'C', description: 'c', required: false, as: 'environment' },
    ])
  })

  it('are not read from another program’s server.json', async () => {
    const { config } = await detect({ 'server.py': '', 'server.json': '{"name":"x","packages":3' })
    expect(config.secrets).toEqual([])
  })

  it('in plain variables are noticed', async () => {
    const { notices } = await detect({ 'server.py': '' }, { environment: { API_TOKEN: 'x', UNITS: 'y' } })
    expect(notices).toEqual([
      'The variable API_TOKEN looks like a secret and is stored in plain: name it in "secrets" and set it with haivemind secret set',
    ])
  })
})

/** Each would keep a backtracking pattern busy for minutes; the runner's own timeout is the guard. */
describe('text built to be slow', () => {
  const LONG = 250_000
  it.each<readonly [string, Files]>([
    [
      'metadata',
      { 'PKG-INFO': `Name: x\nVersion: 1\nRequires-Dist: a${';'.repeat(LONG)}\n`, 'server.py': '' },
    ],
    [
      'entry points',
      {
        'PKG-INFO': 'Name: x\n',
        'x.egg-info/entry_points.txt': `[console_scripts]\n${' '.repeat(LONG)}x`,
        'server.py': '',
      },
    ],
    [
      'a manifest',
      {
        'manifest.json': {
          manifest_version: '0.3',
          description: '${'.repeat(LONG / 8),
          server: {
            type: 'python',
            mcp_config: {
              command: 'python',
              args: ['server.py', ...Array.from({ length: 10 }, () => '${'.repeat(4_000))],
            },
          },
        },
        'server.py': '',
      },
    ],
    [
      'a shebang',
      { 'server_config.json': { command: ['./server.py'] }, 'server.py': `#!${' '.repeat(LONG)}` },
    ],
    [
      'a start script',
      { 'package.json': { scripts: { start: `node ${' '.repeat(LONG)};` } }, 'server.py': '' },
    ],
  ])('%s', async (_what, files) => {
    const outcome = await detect(files).then(
      ({ start }) => start.runtime,
      (error: { code: string }) => error.code,
    )
    expect(['python', 'runtime_not_allowed']).toContain(outcome)
  })
})

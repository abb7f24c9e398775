import { describe, expect, it } from 'vitest'
import { buildPythonCommand } from './final-command.ts'

describe('buildPythonCommand', () => {
  it('R136: runs unbuffered, once', () => {
    expect(buildPythonCommand(['server.py', 'x'], 'python3', [])).toEqual(['python3', '-u', 'server.py', 'x'])
    expect(buildPythonCommand(['-u', 'server.py'], 'python3', [])).toEqual(['python3', '-u', 'server.py'])
  })

  it('puts a bundle’s import path behind the script’s own directory', () => {
    expect(
      buildPythonCommand(['/app/server/main.py', 'x'], '/app/.venv/bin/python', ['/app/server/lib']),
    ).toEqual([
      '/app/.venv/bin/python',
      '-u',
      '-c',
      'import runpy, sys; sys.path[0:1] = ["/app/server","/app/server/lib"]; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name=\'__main__\')',
      '/app/server/main.py',
      'x',
    ])
    expect(buildPythonCommand(['-m', 'pkg', 'x'], 'python3', ['/app/lib'])).toEqual([
      'python3',
      '-u',
      '-c',
      'import runpy, sys; sys.path[1:1] = ["/app/lib"]; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name=\'__main__\', alter_sys=True)',
      'pkg',
      'x',
    ])
  })
})

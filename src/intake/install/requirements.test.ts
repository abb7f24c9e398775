import { describe, expect, it } from 'vitest'
import { parseRequirements } from './requirements.ts'

describe('parseRequirements', () => {
  it('keeps requirements and drops comments, sources and the project itself', () => {
    const text = [
      '# tools',
      '--index-url https://evil.example/simple',
      '-i https://evil.example/simple',
      'a==1  # pinned',
      'b[extra]>=2 ; python_version < "4"',
      'c==1 \\',
      '    --hash=sha256:aa',
      '-e .',
      '.[dev]',
    ].join('\n')
    expect(parseRequirements(text)).toEqual({
      lines: ['a==1', 'b[extra]>=2 ; python_version < "4"', 'c==1      --hash=sha256:aa'],
      local: false,
      notices: [
        'requirements.txt: "--index-url https://evil.example/simple" is left out; packages come from the operator\'s sources',
        'requirements.txt: "-i https://evil.example/simple" is left out; packages come from the operator\'s sources',
        'requirements.txt: "-e ." is left out; the project itself is importable as it lies',
        'requirements.txt: ".[dev]" is left out; the project itself is importable as it lies',
      ],
    })
  })

  it.each([
    '-r base.txt',
    '-c c.txt',
    './lib',
    '../lib',
    'x @ git+https://h/x',
    'git+https://h/x',
    'x @ file:///y',
    'https://h/x.whl',
  ])('counts %s as more than a name', (line) => {
    expect(parseRequirements(line)).toMatchObject({ lines: [line], local: true })
  })
})

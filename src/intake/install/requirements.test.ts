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
      lines: ['a==1', 'b[extra]>=2 ; python_version < "4"', 'c==1 --hash=sha256:aa'],
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
    'libs/x-1-py3-none-any.whl',
    'x-1-py3-none-any.whl',
    'x-1.tar.gz[extra]',
    'x @ FILE:///y',
    '${HOME}/x',
  ])('counts %s as more than a name', (line) => {
    expect(parseRequirements(line)).toMatchObject({ lines: [line], local: true })
  })

  it.each(['backports.zoneinfo==0.2', 'a (>=1)', 'a; sys_platform == "x/y"', '--pre'])(
    'counts %s as no more than a name',
    (line) => expect(parseRequirements(line)).toMatchObject({ lines: [line], local: false, notices: [] }),
  )

  it.each(['--no-binary :all:', '--no-bin=a', '--extra-index=https://h/', '--pre --index-url https://h/'])(
    'passes no option on that lets package code run or names sources: %s',
    (line) => {
      const { lines, notices } = parseRequirements(line)
      expect([lines, notices.length]).toEqual([[], 1])
    },
  )

  it.each([
    ['a --no-binary=:all:', 'a'],
    ['a==1 --hash=sha256:0a --global-option=x', 'a==1 --hash=sha256:0a'],
    ['-e ./lib --index-url http://h/', '-e ./lib'],
    ['a\v--no-binary=:all:', 'a'],
    ['a\u2028--index-url=http://h/', 'a'],
    ['a\r--no-binary=:all:', 'a'],
  ])('passes none on that hides behind a requirement: %j', (text, kept) => {
    const { lines, notices } = parseRequirements(text)
    expect([lines, notices.length]).toEqual([[kept], 1])
  })

  it.each([
    '-r "o.txt"',
    "--requirement='o.txt'",
    '-r o.txt --pre',
    '-r o.txt x',
    '-r file:///app/o.txt',
    '-c https://h/c',
  ])('lets pip read no file that was not judged: %s', (line) => {
    const { lines, notices } = parseRequirements(line)
    expect([lines, notices.length]).toEqual([[], 1])
  })
})

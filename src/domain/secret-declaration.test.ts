import { describe, expect, it } from 'vitest'
import {
  describeRefusedSecret,
  listMissing,
  looksSecret,
  mergeDeclarations,
  readDeclarations,
  secretsSchema,
} from './secret-declaration.ts'

describe('secrets[]', () => {
  it('takes names and objects', () => {
    const parsed = secretsSchema.parse(['API_KEY', { name: 'CERT', as: 'file', required: false }])
    expect(readDeclarations(parsed)).toEqual([
      { name: 'API_KEY' },
      { name: 'CERT', as: 'file', required: false },
    ])
  })

  it.each([
    ['../x', 'is not a variable name'],
    ['--bind', 'is not a variable name'],
    ['.', 'is not a variable name'],
    ['A\0B', 'is not a variable name'],
    ['LD_PRELOAD', 'is set by the platform'],
    ['NODE_OPTIONS', 'is set by the platform'],
    ['PATH', 'is set by the platform'],
  ])('refuses the name %j', (name, why) => {
    expect(secretsSchema.safeParse([name]).error?.issues[0]?.message).toContain(why)
  })

  it.each([[[1]], [[{ name: 'A', value: 'x' }]], [['A', 'A']], [[{ name: 'A', as: 'argv' }]]])(
    'refuses %j',
    (value) => {
      expect(secretsSchema.safeParse(value).success).toBe(false)
    },
  )

  it('merges sources, the earlier first', () => {
    expect(
      mergeDeclarations([
        [{ name: 'B' }],
        [
          { name: 'B', as: 'file', description: 'from the archive' },
          { name: 'A', required: false },
        ],
      ]),
    ).toEqual([
      { name: 'A', description: '', required: false, as: 'environment' },
      { name: 'B', description: 'from the archive', required: true, as: 'file' },
    ])
  })

  it('knows which required ones are missing', () => {
    const declared = mergeDeclarations([
      [{ name: 'A' }, { name: 'B', required: false }, { name: 'C' }, { name: 'D' }],
    ])
    expect(listMissing(declared, new Set(['C']))).toEqual(['A', 'D'])
  })
})

describe('a value', () => {
  it.each([
    ['short', 'environment', 'is shorter than 6 bytes'],
    ['two\nlines', 'environment', 'so it can only be a file'],
    ['nul\0byte', 'environment', 'so it can only be a file'],
    ['x'.repeat(40_000), 'environment', 'so it can only be a file'],
    ['x'.repeat(65_537), 'file', 'is longer than 65536 bytes'],
  ] as const)('%# is refused', (value, as, why) => {
    expect(describeRefusedSecret(Buffer.from(value), as)).toContain(why)
  })

  it('may be anything as a file, and text as a variable', () => {
    expect(describeRefusedSecret(Buffer.from([0, 255, 10, 13, 1, 2]), 'file')).toBeNull()
    expect(describeRefusedSecret(Buffer.from([255, 254, 1, 2, 3, 4]), 'environment')).toContain('not UTF-8')
    expect(describeRefusedSecret(Buffer.from('wörd-1'), 'environment')).toBeNull()
  })
})

it.each(['API_KEY', 'GITHUB_TOKEN', 'DB_PASSWORD', 'password', 'CLIENT_SECRET', 'AWS_SECRET_ACCESS_KEY'])(
  '%s looks secret',
  (name) => expect(looksSecret(name)).toBe(true),
)
it.each(['UNITS', 'KEYBOARD', 'TOKENIZER', 'PATHS', 'AUTHOR', 'PUBLIC_URL'])('%s does not', (name) =>
  expect(looksSecret(name)).toBe(false),
)

import { expect, it } from 'vitest'
import { parseHubName, renderHubName } from './hub-names.ts'

it('S-104: tools of one name on two servers have two names', () => {
  expect(renderHubName('git', 'status')).toBe('git__status')
  expect(renderHubName('svn', 'status')).toBe('svn__status')
})

it.each([
  ['git__status', { server: 'git', name: 'status', isDigested: false }],
  ['git-hub__a__b', { server: 'git-hub', name: 'a__b', isDigested: false }],
  ['git____b', { server: 'git', name: '__b', isDigested: false }],
  ['git__a_0123456789ab', { server: 'git', name: 'a_0123456789ab', isDigested: true }],
  ['status', null],
  ['git__', null],
  ['Git__a', null],
  ['__a', null],
])('%s is read as %j', (text, expected) => {
  expect(parseHubName(text)).toEqual(expected)
})

it.each(['search files', 'grüße', 'a/b', 'x'.repeat(127), `${'x'.repeat(200)} y`])(
  'R155: %s becomes a name that every client takes, and no other’s',
  (name) => {
    const rendered = renderHubName('files', name)
    expect(rendered).toMatch(/^files__[A-Za-z0-9_.-]{1,121}$/)
    expect(rendered).not.toBe(renderHubName('files', `${name}!`))
    expect(parseHubName(rendered)).toMatchObject({ server: 'files', isDigested: true })
  },
)

it('the longest server name leaves room for a digest', () => {
  const rendered = renderHubName('s'.repeat(63), 'ü'.repeat(100))
  expect(rendered).toHaveLength(128)
})

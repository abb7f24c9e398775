import { describe, expect, it } from 'vitest'
import {
  buildDefinition,
  buildInstructions,
  compareDefinitions,
  describeChange,
  hashDefinition,
  listFieldChanges,
} from './definition.ts'

const tool = (name: string, description: string, rest = {}) =>
  buildDefinition('tool', { name, description, inputSchema: { type: 'object' }, ...rest })

describe('definitions', () => {
  it('holds what a model reads, and nothing else', () => {
    expect(tool('add', 'Adds', { _meta: { x: 1 }, execution: {}, title: 'Add' })).toEqual({
      kind: 'tool',
      name: 'add',
      content: { name: 'add', title: 'Add', description: 'Adds', inputSchema: { type: 'object' } },
    })
    expect(buildDefinition('resource_template', { uriTemplate: 'f:///{p}', name: 'file' }).name).toBe(
      'f:///{p}',
    )
    expect(buildInstructions({ instructions: 'Use it.' })?.content).toEqual({ text: 'Use it.' })
    expect(buildInstructions({})).toBeNull()
  })

  it('has one hash for the same definition, whatever the order of its members', () => {
    const [one, other] = [
      buildDefinition('tool', { name: 'a', inputSchema: { type: 'object', properties: {} } }),
      buildDefinition('tool', { inputSchema: { properties: {}, type: 'object' }, name: 'a' }),
    ]
    expect(hashDefinition(one)).toBe(hashDefinition(other))
    expect(hashDefinition(one)).not.toBe(hashDefinition({ ...one, content: { name: 'b' } }))
  })

  it('tells what was added, removed and changed, member by member', () => {
    const changes = compareDefinitions(
      [tool('add', 'Adds'), tool('gone', 'Was here'), tool('same', 'Stays')],
      [tool('add', 'Adds <!-- and sends -->'), tool('same', 'Stays'), tool('new', 'Is here')],
    )
    expect(changes.map(describeChange)).toEqual([
      'tool add: description changed',
      'tool gone: removed',
      'tool new: added',
    ])
    expect(listFieldChanges(changes[0]!)).toEqual([
      { field: 'description', before: 'Adds', after: 'Adds <!-- and sends -->' },
    ])
  })

  it('has a hash for what has no canonical form', () => {
    const [half, whole] = [tool('a', '\ud800'), tool('a', '\ufffd')]
    expect(hashDefinition(half)).toMatch(/^[0-9a-f]{64}$/)
    expect(hashDefinition(half)).not.toBe(hashDefinition(whole))
  })

  it('takes the first of two definitions with one name', () => {
    expect(compareDefinitions([tool('a', 'x')], [tool('a', 'x'), tool('a', 'y')])).toEqual([])
  })
})

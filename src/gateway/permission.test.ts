import { describe, expect, it } from 'vitest'
import { filterTools, isNarrowed, requireCall } from './permission.ts'

const holder = (...grants: string[]) => ({ id: 'token:t', kind: 'token' as const, name: 't', grants })

describe('permission', () => {
  it('R148: a grant for one tool opens that tool and nothing else', () => {
    const one = holder('mcp:call:web:search')
    expect(isNarrowed(one, 'web')).toBe(true)
    expect(isNarrowed(holder('mcp:call:web'), 'web')).toBe(false)
    expect(isNarrowed(holder('mcp:call'), 'web')).toBe(false)
    const tools = [{ name: 'search' }, { name: 'delete' }, { name: 1 }]
    expect(filterTools(tools, one, 'web')).toEqual([{ name: 'search' }])
    expect(() => requireCall(one, 'web', 'delete')).toThrow('mcp:call:web:delete')
    expect(() => requireCall(one, 'webs')).toThrow('mcp:call:webs')
  })
})

import { DOUBTFUL, type CodeRule } from './rule.ts'

/** A .pth file: Python runs each of its lines that begins with import, at every start of every program. */
export const startHook: CodeRule = {
  id: 'code.start_hook',
  reason: 'Code in a .pth file runs at every start of Python, whatever the program.',
  fix: 'Import what is needed where it is needed.',
  cwe: 'CWE-506',
  check: ({ path, facts }) => {
    const isHook = path.endsWith('.pth') && facts.some(({ role }) => role !== 'call')
    return isHook ? [{ ...DOUBTFUL, at: 0 }] : []
  },
}

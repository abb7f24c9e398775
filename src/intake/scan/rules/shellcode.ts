import { CERTAIN, DOUBTFUL, type CodeRule } from './rule.ts'

const MEMORY =
  /VirtualAlloc|RtlMoveMemory|CreateThread|PROT_EXEC|mprotect|memfd_create|WriteProcessMemory|process_vm_writev/

/** Machine code in a string, and a way to jump into it. */
export const shellcode: CodeRule = {
  id: 'code.shellcode',
  reason: 'Memory is made executable or written from outside: machine code without a file.',
  fix: 'Remove it.',
  cwe: 'CWE-506',
  check({ text, facts, strings, identifiers }) {
    const usesMemory =
      facts.find(({ name }) => MEMORY.test(name)) ??
      (/\bPROT_EXEC\b|\bmemfd_create\b/.test(text) && identifiers.has('mmap') ? facts[0] : undefined)
    if (usesMemory === undefined) return []
    const hasCode =
      strings.some(({ raw }) => /(?:\\x[0-9a-f]{2}){12}/i.test(raw)) ||
      /(?:0x[0-9a-f]{2},\s*){16}/i.test(text)
    return [{ ...(hasCode ? CERTAIN : DOUBTFUL), at: usesMemory.at }]
  },
}

import { DOUBTFUL, type CodeRule, type Match } from './rule.ts'

const WATCHING =
  /^(?:pynput\.(?:keyboard|mouse)\.Listener|keyboard\.(?:on_press|hook|record)|pyxhook\.HookManager|iohook\.on|node-global-key-listener|win32clipboard\.\w+|pythoncom\.PumpMessages|GlobalKeyboardListener\(\)\.addListener)$/

/** Keys of whoever sits at the machine. */
export const spying: CodeRule = {
  id: 'code.spying',
  reason: 'The program listens to what is typed on the machine.',
  fix: 'Remove it; a server gets its input from its clients.',
  cwe: 'CWE-359',
  check: ({ facts }) =>
    facts.filter(({ name }) => WATCHING.test(name)).map(({ at }): Match => ({ ...DOUBTFUL, at })),
}

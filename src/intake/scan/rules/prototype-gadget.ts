import { DOUBTFUL, factsOf, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** Options that Node's own modules look up in the prototype of what they are given. */
const GADGET =
  /(?:NODE_OPTIONS|shell|argv0|execPath|execArgv|--(?:require|import|eval)|outputFunctionName|main|exports)/
const IN_TEXT = /["'](?:__proto__|constructor)["']\s*:\s*\{/
const OPTION = /^Object\.prototype\.(?:shell|env|NODE_OPTIONS|argv0|execPath|execArgv|input|main|exports)$/

/** Every object gets an option that starts programs otherwise. */
export const prototypeGadget: CodeRule = {
  id: 'code.prototype_gadget',
  reason:
    'All objects are given an option by which the next program is started otherwise than its caller says.',
  fix: 'Give options to the one call that needs them.',
  cwe: 'CWE-1321',
  check: (source) => [
    ...factsOf(source, 'patch')
      .filter(({ name }) => OPTION.test(name))
      .map(({ at }): Match => ({ ...SUSPICIOUS, at })),
    ...source.strings
      .filter(({ text }) => text.length < 5000 && IN_TEXT.test(text) && GADGET.test(text))
      .map(({ at }): Match => ({ ...DOUBTFUL, at })),
  ],
}

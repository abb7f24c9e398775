import { constantOf, deepHas, FROM, type Value } from '../code/value.ts'
import { DOUBTFUL, factsOf, NOTED, type CodeRule, type Match } from './rule.ts'

const POSING = /\.(?:png|jpe?g|gif|ico|bmp|webp|svg|pdf|woff2?|ttf|mp[34]|wav|csv|log|dat|bin|lock|tmp|bak)$/i

/** What a caller says becomes part of a shell's command line or of code. */
export const shellInjection: CodeRule = {
  id: 'code.injection',
  reason:
    'An argument of a tool becomes part of a command line or of code: whoever calls the tool can run anything.',
  fix: 'Start programs with a list of arguments and without a shell; never run arguments as code.',
  cwe: 'CWE-78',
  check: (source) =>
    source.language === 'bash'
      ? []
      : factsOf(source, 'shell', 'eval', 'spawn').flatMap((fact): Match[] => {
          const code = fact.role === 'spawn' ? findScript(fact.args) : fact.args[0]
          if (code === undefined || constantOf(code) !== null) return []
          if (deepHas(code, FROM.argument)) return [{ ...DOUBTFUL, at: fact.at }]
          if (fact.role === 'eval' && deepHas(code, FROM.file)) {
            // setup.py reads its version so.
            if (source.isInstall) return []
            // Code in what is called a picture or a text is there to be overlooked.
            const isHidden = factsOf(source, 'read').some(({ args }) => POSING.test(args[0]?.text ?? ''))
            return [{ ...(isHidden ? DOUBTFUL : NOTED), at: fact.at }]
          }
          return fact.role === 'spawn' ? [] : [{ severity: 'medium', confidence: 'low', at: fact.at }]
        }),
}

/** ['sh', '-c', …]: a list of arguments, and a shell all the same. */
function findScript(args: readonly Value[]): Value | undefined {
  const words = args.flatMap((arg) => arg.items ?? [arg])
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$|^cmd(?:\.exe)?$|^python[\d.]*$|^node$/.test(words[0]?.text ?? '')
  const flag = words.findIndex(({ text }) => /^(?:-\w*c|-e|\/c)$/.test(text ?? ''))
  return isShell && flag > 0 ? words[flag + 1] : undefined
}

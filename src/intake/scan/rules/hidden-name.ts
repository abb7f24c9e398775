import { constantOf, FROM, has, type Value } from '../code/value.ts'
import { CERTAIN, factsOf, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

const POWERFUL =
  /^(?:node:)?(?:os|subprocess|socket|pty|ctypes|builtins|marshal|pickle|importlib|child_process|net|tls|dgram|http|https|vm|fs|worker_threads|cluster|module|v8|requests|urllib(?:\.request)?)$|^(?:system|popen|exec|eval|compile|spawn\w*|execSync|execFile\w*|fork|Popen|check_output|run|__import__|getattr|environ|environb|env|Function|constructor|require|mainModule|binding|connect|remove|unlink|rmtree|decode|b64decode|loads|curl|wget|bash|sh|nc|base64|python3?|eval|fetch|XMLHttpRequest)$/

/** Reached by a name that is hidden from whoever reads the code. */
export const hiddenName: CodeRule = {
  id: 'code.hidden_name',
  reason:
    'A powerful function or module is looked up by a name that is hidden: nobody does that but to avoid being seen.',
  fix: 'Call it by its name.',
  cwe: 'CWE-506',
  check: (source) => [
    ...source.facts
      .filter(
        ({ name, args }) =>
          /(?:^|\.)(?:process|\?)\.(?:binding|_linkedBinding)$/.test(name) &&
          /^(?:spawn_sync|process_wrap|pipe_wrap|tcp_wrap|fs|natives|contextify)$/.test(args[0]?.text ?? ''),
      )
      .map(({ at }): Match => ({ ...SUSPICIOUS, at })),
    ...factsOf(source, 'lookup').flatMap((fact): Match[] => {
      const key: Value | undefined = fact.args[0]
      const name = key === undefined ? null : constantOf(key)
      if (key === undefined || name === null || !POWERFUL.test(name)) return []
      if (has(key, FROM.decoded)) return [{ ...CERTAIN, at: fact.at }]
      return has(key, FROM.built) ? [{ ...SUSPICIOUS, at: fact.at }] : []
    }),
  ],
}

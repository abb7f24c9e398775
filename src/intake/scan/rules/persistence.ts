import { KEY_LIST_PATH, PERSISTENCE_PATH } from '../code/paths.ts'
import { CERTAIN, factsOf, SUSPICIOUS, textOf, type CodeRule, type Match } from './rule.ts'

const GIT_HOOKS =
  /\bconfig\b.*(?:core\.(?:hooksPath|sshCommand|fsmonitor|pager|editor)|credential\.helper|insteadOf|alias\.\S+\s+!)/i
/** Where everybody's packages come from, from now on. */
const REGISTRY = /\bconfig\s+set\b.*\b(?:registry|index-url)\b/
const SETS_USER = /(?:^|\s)(?:[ugo]*\+[rwx]*s|0?[2467][0-7]{3}|0o[2467][0-7]{3})(?:\s|$)/

/** Files that run by themselves later, or that let somebody in. */
export const persistence: CodeRule = {
  id: 'code.persistence',
  reason: 'Something is put where it runs at every login or boot, or lets somebody in later.',
  fix: 'A hosted server is started by the platform; it needs nothing of this kind.',
  cwe: 'CWE-506',
  check: (source) =>
    source.facts
      .flatMap((fact): Match[] => {
        const { role, name, at } = fact
        const isMoving =
          /(?:copy|copyfile|copy2|move|symlink|rename|replace|link)(?:Sync|File|FileSync)?$|^sh:(?:cp|mv|ln|install|tee)$/.test(
            name,
          )
        if (role === 'write' || isMoving) {
          const target = role === 'write' ? (fact.args[0]?.text ?? '') : textOf(fact)
          if (KEY_LIST_PATH.test(target) || /ld\.so\.preload/.test(target)) return [{ ...CERTAIN, at }]
          return PERSISTENCE_PATH.test(target) ? [{ ...SUSPICIOUS, at }] : []
        }
        if (name === 'sh:crontab' && !/^\s*-l\b/.test(textOf(fact))) return [{ ...SUSPICIOUS, at }]
        if (
          /^sh:(?:systemctl|launchctl|schtasks|update-rc\.d|chkconfig)$/.test(name) &&
          /\b(?:enable|load|create|defaults)\b/i.test(textOf(fact))
        ) {
          return [{ ...SUSPICIOUS, at }]
        }
        if (name === 'sh:git' && GIT_HOOKS.test(textOf(fact))) return [{ ...SUSPICIOUS, at }]
        if (/^sh:(?:npm|pip[\d.]*|yarn|pnpm)$/.test(name) && REGISTRY.test(textOf(fact)))
          return [{ ...SUSPICIOUS, at }]
        if (/chmod(?:Sync)?$/.test(name) && SETS_USER.test(textOf(fact))) return [{ ...SUSPICIOUS, at }]
        if (name === 'sh:at' || /^sh:(?:useradd|adduser|usermod)$/.test(name)) return [{ ...SUSPICIOUS, at }]
        if (/^winreg\.SetValueEx$/.test(name) && /CurrentVersion\\+Run/i.test(source.text))
          return [{ ...SUSPICIOUS, at }]
        return []
      })
      .concat(
        factsOf(source, 'spawn')
          .filter(
            (fact) => /^crontab\b|\bschtasks\b/.test(textOf(fact)) && !textOf(fact).startsWith('crontab -l'),
          )
          .map(({ at }) => ({ ...SUSPICIOUS, at })),
      ),
}

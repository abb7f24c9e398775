import type { Fact } from '../code/facts.ts'
import { deepHas, FROM, HOLE } from '../code/value.ts'
import { CERTAIN, DOUBTFUL, factsOf, SUSPICIOUS, textOf, type CodeRule, type Match } from './rule.ts'

const SAFE = /\.(?:json|txt|csv|png|jpe?g|pdf|html?|md|xml|ya?ml|log|svg|zip|mp[34]|wav)$/i

const LOADS =
  /^(?:sh:(?:\.?\/|\uFFFC)|os\.startfile$|runpy\.|ctypes\.|importlib\.(?:util\.spec_from_file_location|machinery\.\w+Loader)$|imp\.load_)/

/** While it runs, from an address that nobody has published under a name. */
const INSTALLS =
  /\b(?:pip[\d.]*\s+install|npm\s+(?:i|install|exec)|npx|uvx?|pnpm\s+\w+|yarn\s+add)\s.*(?:git\+|https?:\/\/)/

/** A program is fetched, laid down, and started. */
export const downloadRun: CodeRule = {
  id: 'code.download_and_run',
  reason: 'A program is downloaded or unpacked from hidden text, written to a file and run.',
  fix: 'Pack what the server needs, or install it as a dependency.',
  cwe: 'CWE-494',
  check(source) {
    const runs = factsOf(source, 'spawn', 'shell', 'eval').concat(
      source.facts.filter(
        ({ role, name }) =>
          (role === 'call' && LOADS.test(name)) || (role === 'lookup' && name === 'require'),
      ),
    )
    const installs = runs.filter((fact) => INSTALLS.test(`${fact.name.replace('sh:', '')} ${textOf(fact)}`))
    const chmods = source.facts.filter((fact) => /chmod(?:Sync)?$/.test(fact.name))
    const fetched = source.language === 'bash' ? [] : installs.map(({ at }): Match => ({ ...DOUBTFUL, at }))
    return fetched.concat(
      written(source.facts).flatMap(({ path, origin, at }): Match[] => {
        if (SAFE.test(path)) return []
        const plain = path.replace(/^\.\//, '')
        const isTelling = path.replaceAll(HOLE, '').length > 2
        const isSame = (fact: Fact) => isTelling && `${fact.name} ${textOf(fact)}`.includes(plain)
        const base = path.replace(/^.*\//, '')
        const isNamed = base !== '' && !base.includes(HOLE)
        const isRun =
          runs.some((fact) => isTelling && (startsWith(fact, plain) || isLoaded(fact, path))) ||
          (isNamed && source.facts.some(({ name }) => name === `sh:${base}`))
        if (isRun && path.includes(HOLE)) return [{ ...DOUBTFUL, at }]
        if (isRun)
          return [
            { ...(source.language === 'bash' && (origin & FROM.decoded) === 0 ? SUSPICIOUS : CERTAIN), at },
          ]
        if (chmods.some(isSame)) return [{ ...SUSPICIOUS, at }]
        return chmods.length > 0 && runs.length > 0 ? [{ ...DOUBTFUL, at }] : []
      }),
    )
  },
}

/** importlib.util.spec_from_file_location(name, path), require(path) */
function isLoaded({ role, name, args }: Fact, path: string): boolean {
  return (role === 'lookup' || name.startsWith('im')) && args.some(({ text }) => text === path)
}

/** The program itself, or what an interpreter is given first. */
function startsWith(fact: Fact, path: string): boolean {
  const command = `${fact.name.startsWith('sh:') ? fact.name.slice(3) : ''} ${textOf(fact)}`.trim()
  const before = command.slice(0, Math.max(0, command.indexOf(path)))
  return (
    command.includes(path) &&
    /^(?:(?:\S*\/)?(?:\w*sh|python[\d.]*|node|perl|ruby|sudo|nohup|exec|start|env|\.\/?|-\S*|chmod\s+\S+\s+\S+\s*&&)\s*)*(?:\.\/)?$/.test(
      before,
    )
  )
}

function written(facts: readonly Fact[]): { path: string; origin: number; at: number }[] {
  return facts.flatMap((fact) => {
    const [path, content] = fact.args
    if (fact.role === 'write' && content !== undefined && deepHas(content, FROM.network | FROM.decoded)) {
      return [{ path: path?.text ?? '', origin: content.from, at: fact.at }]
    }
    if (/urlretrieve$|^wget\.download$/.test(fact.name))
      return [{ path: content?.text ?? '', origin: FROM.network, at: fact.at }]
    return []
  })
}

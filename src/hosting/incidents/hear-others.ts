/** What another platform saw of the same trouble, as one line. It is quoted: data of a stranger, never an instruction. */
import type { Incident } from '../../domain/incident.ts'
import { revealText } from '../../domain/reveal-text.ts'
import { askOthers, type OthersDeps, type Told } from '../others/ask-others.ts'

const MOST_CHARACTERS = 240
/** The name of a package, and nothing else of the words of a process: they go to others. */
const MISSING = /(?:No module named|Cannot find (?:package|module)) ['"](@?[\w-][\w./-]{0,79})['"]/

/** Null: nobody saw it. */
export async function hearOthers(
  deps: OthersDeps,
  { class: kind, tail }: Pick<Incident, 'class' | 'tail'>,
): Promise<string | null> {
  if (kind === null || kind === 'unknown') return null
  const what = (kind === 'missing_dependency' ? MISSING.exec(tail)?.[1] : undefined) ?? null
  const told = await askOthers(deps, [kind, ...(what === null ? [] : [what])].join(' '), 'incidents')
  const found = told.find((one) => isAlike(one, kind, what))
  return found === undefined ? null : `another platform saw this: “${quote(found.content)}” (${found.from})`
}

/** A search answers with whatever is nearest: what is not of this kind, or not about this thing, is none. */
function isAlike({ content, facts, kind: written }: Told, kind: string, what: string | null): boolean {
  const isAbout = what === null || content.includes(what)
  // Of somebody's free text the thing has to be there, or the very word for it.
  const isKind = written === null ? what !== null || content.includes(kind) : facts['class'] === kind
  return isKind && isAbout
}

function quote(content: string): string {
  const [line = ''] = content.trim().split('\n')
  const text = revealText(line)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

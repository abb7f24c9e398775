/** The words of an incident, made from its facts alone: the same facts make the same words. Pure. */
import type { Incident } from './incident.ts'

const times = (n: number) => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`)
const time = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

/** One line, for lists and events. */
export function describeTitle(incident: Incident): string {
  const { change } = incident
  const since = change?.isSuspected === true ? `, ${describeSince(change)}` : ''
  return `${describeTrouble(incident)}${since}`
}

function describeTrouble({ server, kind, class: found, occurrences, timeline, signals }: Incident): string {
  const last = timeline.findLast((entry) => entry.kind === 'trouble')?.text ?? ''
  if (kind === 'crash') return `${server} ended ${times(occurrences)} by itself (${found ?? 'unknown'})`
  if (kind === 'crash_loop') return `${server} keeps ending: ${times(occurrences)} (${found ?? 'unknown'})`
  if (kind === 'out_of_memory') return `${server} ran out of memory ${times(occurrences)}`
  if (kind === 'unresponsive') return `${server} does not answer: ${last}`
  if (kind === 'growth' || kind === 'leak') return `${server} ${last}`
  return `${server} is not as it was pinned: ${signals.length <= 1 ? last : `${signals.length} of its definitions`}`
}

/** `since version 7`; `since settings changed (memory_mb) at …`. */
function describeSince({ kind, text, at }: NonNullable<Incident['change']>): string {
  return kind === 'version' ? `since ${text}` : `since ${text} at ${time(at)}`
}

/** A paragraph: what happened, since when, what was tried, what helps. */
export function describeIncident(incident: Incident): string {
  const { change, openedAt, lastAt, occurrences, timeline, resolution, resolvedAt, hint, fingerprints } =
    incident
  const last = timeline.findLast(({ kind }) => kind === 'trouble')
  const raised = timeline.filter(({ kind, text }) => kind === 'change' && text.includes('was raised from'))
  const sentences = [
    `${describeTitle(incident)}.`,
    occurrences === 1
      ? `It happened at ${time(openedAt)}.`
      : `It happened first at ${time(openedAt)} and last at ${time(lastAt)}.`,
    ...(last === undefined ? [] : [`The last time: ${last.text.replace(/\.$/, '')}.`]),
    ...(fingerprints.length > 1 ? [`There were ${fingerprints.length} different errors.`] : []),
    ...(change === null || change.isSuspected
      ? []
      : [`The last change before it was ${change.text} at ${time(change.at)}.`]),
    ...raised.map(({ text, at }) => `At ${time(at)} ${text}.`),
    ...(resolution === null
      ? ['It is not over.']
      : [`It was over at ${time(resolvedAt ?? lastAt)}: ${resolution}`]),
    ...(hint === null || resolution !== null ? [] : [hint]),
  ]
  return sentences.join(' ')
}

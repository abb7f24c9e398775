/**
 * The linter of what servers tell models: text that a person does not see, orders to the model, appeals to other
 * tools, secrets and the conversation, schemas that mislead. It judges language, so it errs; what it finds waits for a
 * person and never blocks. Pure.
 */
import { setImmediate } from 'node:timers/promises'
import { keyOf, type Definition } from '../../../domain/definition.ts'
import { buildFingerprint, compareFindings, type Finding } from '../../../domain/finding.ts'
import { revealText } from '../../../domain/reveal-text.ts'
import { listOrders } from './find-orders.ts'
import { listHidden } from './hidden-text.ts'
import { listSchemaFaults } from './schema-rules.ts'
import type { Seen } from './seen.ts'
import { walkDefinition, type Place, type Walk } from './texts.ts'

const SEAM = 120
const FIX = 'Read the text as it is written, and accept the version only if the sentence belongs there.'
/** A server that breaks every rule in every member is told enough. */
const MAX_FINDINGS = 200
/** Characters that are read of one server; beyond any real one, and the reading takes a second or two. */
const MAX_READ = 2 * 1024 * 1024

/** In turns, so that a server with much to say does not keep the platform from everything else. */
export async function lintDefinitions(definitions: readonly Definition[]): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>()
  const names = new Set<string>()
  let read = 0
  for (const definition of definitions) {
    const walk = walkDefinition(definition)
    read += walk.places.reduce((sum, { text }) => sum + text.length, 0)
    const twins = names.has(keyOf(definition)) ? [buildTwin(definition)] : []
    names.add(keyOf(definition))
    const seen = read > MAX_READ ? [buildUnread(definition)] : lintDefinition(definition, walk)
    for (const each of [...twins, ...seen]) {
      if (findings.size >= MAX_FINDINGS) break
      const finding = buildFinding(each)
      findings.set(finding.fingerprint, finding)
    }
    if (read > MAX_READ) break
    await setImmediate()
  }
  return [...findings.values()].sort(compareFindings)
}

function lintDefinition(definition: Definition, walk: Walk): readonly Seen[] {
  const seen = [
    ...walk.places.flatMap((place) => [...listHidden(place), ...listOrders(place)]),
    ...listSchemaFaults(definition, walk),
  ]
  const isPlain = !seen.some(({ severity }) => severity === 'high')
  return isPlain ? [...seen, ...listSplitOrders(definition, walk.places)] : seen
}

/** An order that is cut in two: the end of the title and the beginning of the description, or two parameters. */
function listSplitOrders(definition: Definition, places: readonly Place[]): readonly Seen[] {
  const texts = places.filter(({ text }) => text.includes(' ')).map(({ text }) => text)
  const file = `${definition.kind.replace('_', ' ')} ${definition.name.slice(0, 64)}, across its parts`
  return texts.slice(1).flatMap((text, at) => {
    const seam = `${(texts[at] ?? '').slice(-SEAM)} ${text.slice(0, SEAM)}`
    return listOrders({ file, text: seam, isName: false })
  })
}

function buildUnread(definition: Definition): Seen {
  return {
    ruleId: 'metadata.too_much',
    severity: 'high',
    confidence: 'high',
    reason: 'The server says more than is read of it: what comes after this was not looked at.',
    place: `${definition.kind.replace('_', ' ')} ${definition.name.slice(0, 64)}`,
    evidence: definition.name,
  }
}

function buildTwin(definition: Definition): Seen {
  return {
    ruleId: 'metadata.duplicate',
    severity: 'medium',
    confidence: 'high',
    reason: 'Two definitions have one name, and clients differ in which one they take.',
    place: `${definition.kind.replace('_', ' ')} ${definition.name.slice(0, 64)}`,
    evidence: definition.name,
  }
}

function buildFinding({ place, evidence, fix = FIX, ...rest }: Seen): Finding {
  return {
    ...rest,
    layer: 'metadata',
    file: place,
    line: null,
    fix,
    cwe: 'CWE-1427',
    excerpt: revealText(evidence).slice(0, 240),
    fingerprint: buildFingerprint({ ruleId: rest.ruleId, file: place, evidence }),
  }
}

/** Schemas and annotations that mislead, or that nobody should read. */
import type { Definition } from '../../../domain/definition.ts'
import { isJsonObject } from '../../../domain/json.ts'
import type { Seen } from './seen.ts'
import { MAX_NODES, type Walk } from './texts.ts'

const LONG_TEXT = 2048
const CHANGES_THINGS =
  /^(?:delete|remove|drop|write|overwrite|update|create|insert|send|execute|exec|kill|destroy|erase|truncate|purge|upload|publish|transfer|pay|install|uninstall|revoke|wipe|format|shutdown|reboot|modify|edit|move|rename|patch|deploy)(?:[_\-./ ]|[A-Z]|$)/
const DESTROYS =
  /^(?:delete|remove|drop|overwrite|destroy|erase|truncate|purge|kill|wipe|uninstall|revoke)(?:[_\-./ ]|[A-Z]|$)/

export function listSchemaFaults(
  definition: Definition,
  { places, nodes, isDeep, isCut, outerReferences }: Walk,
): readonly Seen[] {
  const { kind, name, content } = definition
  const place = `${kind.replace('_', ' ')} ${name.slice(0, 64)}`
  const fault = (ruleId: string, severity: Seen['severity'], reason: string, evidence: string): Seen => ({
    ruleId,
    severity,
    confidence: 'high',
    reason,
    place,
    evidence,
  })
  const long = places.find(({ text }) => text.length > LONG_TEXT)
  return [
    ...outerReferences.map((reference) =>
      fault('metadata.outer_reference', 'high', 'Its schema refers to another document.', reference),
    ),
    ...(nodes > MAX_NODES
      ? [fault('metadata.huge_schema', 'high', `It has more than ${MAX_NODES} parts.`, String(nodes))]
      : []),
    ...(isDeep ? [fault('metadata.deep_schema', 'high', 'It is nested deeper than 64 levels.', name)] : []),
    ...(isCut ? [fault('metadata.too_much', 'high', 'It has more text than is read.', name)] : []),
    ...(long === undefined
      ? []
      : [fault('metadata.long_text', 'low', 'It has a text of more than 2 KB.', long.text.slice(0, 120))]),
    ...listContradictions(name, content['annotations'], fault),
    ...listIcons(content['icons'], fault),
  ]
}

type Fault = (ruleId: string, severity: Seen['severity'], reason: string, evidence: string) => Seen

function listContradictions(name: string, annotations: unknown, fault: Fault): readonly Seen[] {
  if (!isJsonObject(annotations)) return []
  const { readOnlyHint, destructiveHint } = annotations
  if (readOnlyHint === true && CHANGES_THINGS.test(name)) {
    const reason = 'It says that it only reads, and its name says that it changes things.'
    return [fault('metadata.contradiction', 'high', reason, `${name}: readOnlyHint`)]
  }
  if (destructiveHint === false && DESTROYS.test(name)) {
    const reason = 'It says that it destroys nothing, and its name says that it does.'
    return [fault('metadata.contradiction', 'medium', reason, `${name}: destructiveHint`)]
  }
  return []
}

function listIcons(icons: unknown, fault: Fault): readonly Seen[] {
  if (!Array.isArray(icons)) return []
  return icons.flatMap((icon: unknown) => {
    const src = isJsonObject(icon) ? icon['src'] : undefined
    if (typeof src !== 'string' || /^(?:https:|data:image\/(?:png|jpeg|webp|gif)[;,])/i.test(src.trim()))
      return []
    const isSvg = /^data:image\/svg/i.test(src.trim()) || /^http:/i.test(src.trim())
    const reason = isSvg
      ? 'Its icon is one that a page should not show: it can hold scripts, or comes over an open line.'
      : 'Its icon is no image that can be shown.'
    return [fault('metadata.icon', isSvg ? 'medium' : 'high', reason, src.slice(0, 120))]
  })
}

/**
 * The linter of tool metadata on two corpora: what published servers say (test/corpora/tool-metadata/benign, each file
 * with its source and licence), and imitations of poisoned definitions. The held-out ones were written after the rules.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildDefinition, buildInstructions, type Definition } from '../../src/domain/definition.ts'
import { decideVerdict, DEFAULT_SCAN_POLICY } from '../../src/domain/finding.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { lintDefinitions } from '../../src/intake/scan/metadata/lint-definitions.ts'

const CORPUS = join(import.meta.dirname, '../corpora/tool-metadata')
const read = (...path: string[]) => JSON.parse(readFileSync(join(CORPUS, ...path), 'utf8')) as never

type Server = {
  readonly instructions: string | null
  readonly tools: readonly JsonObject[]
  readonly prompts: readonly JsonObject[]
  readonly resourceTemplates: readonly JsonObject[]
}
type Poisoned = { readonly id: string; readonly technique: string; readonly tool: JsonObject }

function listBenign(): { readonly file: string; readonly definition: Definition }[] {
  return readdirSync(join(CORPUS, 'benign')).flatMap((file) => {
    const server: Server = read('benign', file)
    const instructions = buildInstructions({ instructions: server.instructions })
    const definitions = [
      ...server.tools.map((item) => buildDefinition('tool', item)),
      ...server.prompts.map((item) => buildDefinition('prompt', item)),
      ...server.resourceTemplates.map((item) => buildDefinition('resource_template', item)),
      ...(instructions === null ? [] : [instructions]),
    ]
    return definitions.map((definition) => ({ file, definition }))
  })
}

function toDefinition({ tool }: Poisoned): Definition {
  const kind = tool['__kind'] === 'prompt' || tool['__kind'] === 'resource_template' ? tool['__kind'] : 'tool'
  return buildDefinition(kind, tool)
}

async function isHeld(definition: Definition): Promise<boolean> {
  return decideVerdict(await lintDefinitions([definition]), DEFAULT_SCAN_POLICY) !== 'pass'
}

describe('the linter of tool metadata', () => {
  it('leaves what published servers say alone: at most 2 % at review, none at block', async () => {
    const benign = listBenign()
    const held = []
    for (const { file, definition } of benign) {
      const verdict = decideVerdict(await lintDefinitions([definition]), DEFAULT_SCAN_POLICY)
      expect(verdict).not.toBe('block')
      if (verdict === 'review') held.push(`${file} ${definition.kind} ${definition.name}`)
    }
    expect(benign.length).toBeGreaterThanOrEqual(120)
    expect(held.length / benign.length, held.join('\n')).toBeLessThanOrEqual(0.02)
  })

  it('holds at least 95 % of poisoned definitions', async () => {
    const files = readdirSync(CORPUS).filter((name) => name.startsWith('poisoned'))
    const poisoned = files.flatMap((file): Poisoned[] => read(file))
    const missed = []
    for (const each of poisoned) {
      if (!(await isHeld(toDefinition(each)))) missed.push(`${each.id} ${each.technique}`)
    }
    expect(poisoned.length).toBeGreaterThanOrEqual(60)
    expect(missed.length / poisoned.length, missed.join('\n')).toBeLessThanOrEqual(0.05)
  })

  it('reads a server with much to say to a bound, and says so', async () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      buildDefinition('tool', { name: `tool_${at}`, description: 'word '.repeat(12_000) }),
    )
    const findings = await lintDefinitions(many)
    expect(findings.some(({ ruleId }) => ruleId === 'metadata.too_much')).toBe(true)
    expect(decideVerdict(findings, DEFAULT_SCAN_POLICY)).toBe('review')
  })
})

/** The text of the rules, and on top of it a model's where one is configured, asked, within its budget, and right. */
import type { Clock } from '../domain/clock.ts'
import type { Explanation } from '../domain/explanation.ts'
import type { Incident } from '../domain/incident.ts'
import type { Recommendation } from '../domain/recommendation.ts'
import { askModel, type ModelSettings } from './ask-model.ts'
import { buildAdviceEvidence, buildEvidence, type Evidence } from './build-evidence.ts'
import { buildPrompt } from './build-prompt.ts'
import { checkAnswer } from './check-answer.ts'

export interface Explainer {
  /** @param asksModel whoever asks wants a model's words too; without one the rules' stand */
  readonly explain: (incident: Incident, asksModel: boolean) => Promise<Explanation>
  readonly explainAdvice: (server: string, item: Recommendation, asksModel: boolean) => Promise<Explanation>
}

type ExplainerDeps = {
  /** Null: there is none. */
  readonly model: (ModelSettings & { readonly dailyTokens: number; readonly sendsTail: boolean }) | null
  readonly mask: (text: string) => string
  readonly clock: Clock
}

const DAY_MS = 86_400_000
const CACHED = 200

export function createExplainer({ model, mask, clock }: ExplainerDeps): Explainer {
  const cache = new Map<string, Promise<Explanation>>()
  let spent = { day: -1, tokens: 0 }

  const ask = async (evidence: Evidence, settings: NonNullable<typeof model>): Promise<Explanation> => {
    const day = Math.floor(clock.now() / DAY_MS)
    if (spent.day !== day) spent = { day, tokens: 0 }
    if (spent.tokens >= settings.dailyTokens) return byRules(evidence, 'the tokens of today are spent')
    const prompt = buildPrompt(evidence)
    // Held before it is known: what many ask at once does not go beyond by many answers.
    const held = Math.ceil((prompt.system.length + prompt.user.length) / 4) + settings.maxTokens
    const today = spent
    today.tokens += held
    const begun = clock.monotonic()
    const limit = new AbortController()
    const cancel = clock.after(settings.timeoutMs, () => limit.abort())
    try {
      const said = await askModel(settings, prompt, limit.signal)
      if (said.tokens > 0) today.tokens += said.tokens - held
      const checked = checkAnswer(said.text, evidence)
      if ('refused' in checked) {
        return byRules(evidence, `what the model said was refused: ${checked.refused}`)
      }
      return {
        text: `${evidence.text} ${mask(checked.summary)}`,
        source: 'rules+model',
        model: {
          provider: settings.provider,
          name: settings.model,
          latencyMs: Math.round(clock.monotonic() - begun),
          tokens: said.tokens,
        },
        hypotheses: checked.hypotheses,
        nextChecks: checked.next_checks,
        problem: null,
        evidenceHash: evidence.hash,
      }
    } catch (error) {
      return byRules(evidence, error instanceof Error ? error.message : 'the model failed')
    } finally {
      cancel()
    }
  }

  const explain = async (evidence: Evidence, asksModel: boolean): Promise<Explanation> => {
    if (!asksModel) return byRules(evidence, null)
    if (model === null) return byRules(evidence, 'no model is configured')
    const known = cache.get(evidence.hash)
    if (known !== undefined) return known
    const asked = ask(evidence, model)
    cache.set(evidence.hash, asked)
    const [oldest] = cache.keys()
    if (cache.size > CACHED && oldest !== undefined) cache.delete(oldest)
    const explanation = await asked
    // What failed may work the next time.
    if (explanation.problem !== null) cache.delete(evidence.hash)
    return explanation
  }

  return {
    explain: (incident, asksModel) =>
      explain(buildEvidence(incident, mask, model?.sendsTail ?? false), asksModel),
    explainAdvice: (server, item, asksModel) => explain(buildAdviceEvidence(server, item, mask), asksModel),
  }
}

function byRules({ text, hash }: Evidence, problem: string | null): Explanation {
  return {
    text,
    source: 'rules',
    model: null,
    hypotheses: [],
    nextChecks: [],
    problem,
    evidenceHash: hash,
  }
}

import type { Explanation } from '../domain/explanation.ts'
import type { ExplanationJson } from './schema/explanation.ts'

export function renderExplanation(explanation: Explanation): ExplanationJson {
  const { model, hypotheses, nextChecks, evidenceHash, ...said } = explanation
  return {
    ...said,
    model:
      model === null
        ? null
        : { provider: model.provider, name: model.name, latency_ms: model.latencyMs, tokens: model.tokens },
    hypotheses: hypotheses.map(({ because, ...rest }) => ({ ...rest, because: [...because] })),
    next_checks: [...nextChecks],
    evidence_hash: evidenceHash,
  }
}

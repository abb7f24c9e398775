/** What a model said on top of the rules, named as such; or why it did not. Nothing where none was asked. */
import type { ExplanationJson } from '../../../src/api/schema/explanation.ts'
import { EXPLANATION_WORDS as WORDS } from './words.ts'

export function Words({ explanation }: { readonly explanation: ExplanationJson }) {
  const { text, model, hypotheses, next_checks: checks, problem } = explanation
  if (model === null) {
    return problem === null ? null : (
      <p role="status" className="text-sm text-muted">
        {WORDS.problem}: {problem}
      </p>
    )
  }
  return (
    <section aria-label={WORDS.by(model.name)} className="rounded-md border border-line p-3 text-sm">
      <p className="mb-1 text-xs text-muted">{WORDS.by(model.name)}</p>
      <p className="break-words">{text}</p>
      {hypotheses.length > 0 && (
        <ul className="mt-1 list-disc pl-5">
          {hypotheses.map(({ cause, because }) => (
            <li key={cause} className="break-words">
              {cause} ({because.join(', ')})
            </li>
          ))}
        </ul>
      )}
      {checks.length > 0 && (
        <>
          <h4 className="mt-2 font-medium">{WORDS.checks}</h4>
          <ul className="list-disc pl-5">
            {checks.map((check) => (
              <li key={check} className="break-words">
                {check}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

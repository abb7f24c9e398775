import { screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import type { ExplanationJson } from '../../../src/api/schema/explanation.ts'
import { renderPart } from '../../lib/render-for-test.tsx'
import { Words } from './words-of-model.tsx'

const rules: ExplanationJson = {
  text: 'memory_mb of weather should go from 512 to 120.',
  source: 'rules',
  model: null,
  hypotheses: [],
  next_checks: [],
  problem: null,
  evidence_hash: 'x',
}

afterEach(() => document.body.replaceChildren())

describe('words of a model', () => {
  it('are none where nobody asked one', () => {
    const { container } = renderPart(<Words explanation={rules} />)
    expect(container.textContent).not.toContain('512')
  })

  it('say why there are none where one was asked', () => {
    renderPart(<Words explanation={{ ...rules, problem: 'no model is configured' }} />)
    expect(screen.getByRole('status').textContent).toBe('No model spoke: no model is configured')
  })

  it('are named as such, with the evidence that they point at, and are text alone', () => {
    const explanation: ExplanationJson = {
      ...rules,
      text: `${rules.text} <b>Less</b> is enough.`,
      source: 'rules+model',
      model: { provider: 'anthropic', name: 'small', latency_ms: 5, tokens: 42 },
      hypotheses: [{ cause: 'It was given too much.', because: ['ev1', 'backtest'], confidence: 0.6 }],
      next_checks: ['Look at the highest day.'],
    }
    const { container } = renderPart(<Words explanation={explanation} />)
    const region = screen.getByRole('region', { name: 'Explained by small on top of the rules' })
    expect(region.textContent).toContain('<b>Less</b> is enough.')
    expect(container.querySelector('b')).toBeNull()
    expect(region.textContent).toContain('It was given too much. (ev1, backtest)')
    expect(region.textContent).toContain('Look at the highest day.')
  })
})

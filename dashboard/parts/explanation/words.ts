export const EXPLANATION_WORDS = {
  ask: 'Ask the model',
  by: (model: string) => `Explained by ${model} on top of the rules`,
  checks: 'To look at next',
  problem: 'No model spoke',
} as const

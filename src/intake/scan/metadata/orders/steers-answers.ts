import { gap, build, type Order } from './words.ts'

export const steersAnswers: Order = {
  ruleId: 'metadata.steers_answers',
  severity: 'high',
  confidence: 'medium',
  reason: 'It steers what the model says in answers that have nothing to do with the tool.',
  patterns: [
    build(
      `\\b(?:in|to|at the (?:end|start|beginning|top|bottom) of|with|into|before|after) (?:every|each|all|any)(?: of your)?(?: \\w+)? (?:responses?|replies|reply|answers?|messages? you)\\b`,
    ),
    build(
      `\\balways (?:recommend|promote|advertise|endorse|praise|suggest|favou?r|rank|prefer|mention)\\b`,
      gap(60),
      `\\b(?:product|brand|service|company|our|over|instead|first|positive|competitors?)`,
    ),
    build(
      `\\b(?:tell|convince|persuade|instruct|urge) (?:the |your )?user(?:s)? (?:to|that)\\b`,
      gap(60),
      `\\b(?:password|visit|download|install|log ?in|enter|click|disable|pay|key|token|credit card|verify|paste|run)\\b`,
    ),
    build(
      `\\bnever (?:recommend|mention|suggest|criticise|criticize)\\b`,
      gap(60),
      `\\b(?:competitors?|alternatives?|other|negative|us|our)`,
    ),
  ],
}

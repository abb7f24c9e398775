import { NOT, gap, build, type Order } from './words.ts'

export const skipsConsent: Order = {
  ruleId: 'metadata.skips_consent',
  severity: 'high',
  confidence: 'medium',
  reason: 'It tells the model not to ask, or that its user has agreed already.',
  patterns: [
    build(
      `\\b${NOT} (?:ask|wait|request|prompt|seek|require)\\b`,
      gap(40),
      `\\b(?:confirm|confirmation|permission|approval|consent|authori[sz]ation|the user|the human)`,
    ),
    build(
      `\\b(?:user|human|owner|admin(?:istrator)?)\\b (?:has |have )?(?:already |implicitly |previously )(?:\\w+ )?(?:agreed|approved|consented|authori[sz]ed|confirmed|given|granted|accepted|pre-?approved)`,
    ),
    build(
      `\\b(?:bypass|skip|suppress|disable|auto-?accept|auto-?approve)\\b`,
      gap(40),
      `\\b(?:confirmations?|approvals?|safety|consent|permission (?:checks?|prompts?)|warnings?|security checks?)`,
    ),
    build(
      `\\b(?:this|the) (?:tool|action|request|operation|call) (?:is|has been|was) (?:already |fully )?(?:pre-?approved|pre-?authori[sz]ed|whitelisted|verified by (?:anthropic|openai|security)|approved by (?:the )?(?:security|admin|it|anthropic|openai))`,
    ),
    build(
      `\\bproceed (?:immediately |directly )?without (?:asking|confirmation|confirming|approval|review|warning|waiting)`,
    ),
  ],
}

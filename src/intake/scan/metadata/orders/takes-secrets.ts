import { TAKE, SECRET, SECRET_PATH, gap, build, type Order } from './words.ts'

export const takesSecrets: Order = {
  ruleId: 'metadata.takes_secrets',
  severity: 'high',
  confidence: 'high',
  reason: 'It asks for secrets or private files that its work does not need.',
  patterns: [
    build(`\\b${TAKE}\\b`, gap(80), SECRET_PATH),
    build(
      SECRET_PATH,
      gap(60),
      `\\b(?:as|in|into|to|with|via|through) (?:the |this |a |an |your |its )?(?:\\w+ )?(?:parameter|argument|field|value|note|sidenote|context|call|request|body|tool|input|comment|metadata)`,
    ),
    build(`\\b(?:contents?|text|data|value)s? of\\b`, gap(40), SECRET_PATH),
    build(
      `\\b${TAKE}\\b`,
      gap(40),
      `\\b(?:the |their |your |any |all |every )(?:user'?s?'? |users'? |host'?s? |stored |saved |local |available |other |known |current |system |browser |full )*${SECRET}\\b`,
      gap(60),
      `\\b(?:as|in|into|to|with|here|via|through|from (?:the )?(?:context|conversation|environment|memory|chat|other|history|system|files?|disk|browser|config)|you (?:know|have|can|find|see)|before|first)\\b`,
    ),
    build(
      `\\b(?:${SECRET}|tokens?)\\b`,
      gap(40),
      `\\b(?:you (?:know|have seen|can (?:see|find|access))|found in|seen in|mentioned in|from) (?:the |this |your )?(?:conversation|context|chat|history|environment|memory|session|other (?:tools?|servers?))`,
    ),
    build(
      `\\b(?:read|dump|print|send|list|collect|include|pass|run|capture)\\b`,
      gap(30),
      `\\b(?:process\\.env|os\\.environ|printenv|env \\| |all environment|environment variables?|output of env)\\b`,
      gap(60),
      `\\b(?:as|in|into|to|with|here|via)\\b`,
    ),
    build(
      `\\b(?:output|result|contents?|response)s? (?:of|from) (?:the |any |all |every )?(?:other|previous|earlier|every) (?:tools?|tool calls?|calls?|servers?|functions?)\\b`,
    ),
    build(
      `\\b(?:ask|prompt|request|convince|get)\\b`,
      gap(30),
      `\\b(?:the |your )?(?:user|human|customer|them)\\b`,
      gap(30),
      `\\b(?:passwords?|passcodes?|pin code|credit card|cvv|seed phrase|recovery phrase|2fa code|one[- ]time code|otp|social security number|private key)\\b`,
    ),
  ],
}

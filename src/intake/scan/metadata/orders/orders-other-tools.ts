import { NOT, TAKE, gap, build, type Order } from './words.ts'

export const ordersOtherTools: Order = {
  ruleId: 'metadata.orders_other_tools',
  severity: 'high',
  confidence: 'medium',
  reason: 'It orders the model about the use of tools that are not its own.',
  patterns: [
    build(
      `\\b(?:before|prior to|after|when|whenever|while|each time|every time|once)\\b(?: you)? (?:using|use|calling|call|invoking|invoke|running|run|executing|execute|(?:you )?(?:use|call))? ?(?:of )?(?:any|every|all|each|another|the)(?: of)?(?: the)? ?other (?:\\w+ )?(?:tools?|functions?|servers?|commands?|actions?)\\b`,
    ),
    build(
      `\\b(?:before|prior to|after|whenever|each time|every time)\\b (?:you )?(?:using|use|calling|call|invoking|invoke|running|run|executing|execute|doing) (?:any|every|all|each) (?:\\w+ )?(?:tools?|functions?|actions?|thing|task)\\b`,
    ),
    build(
      `\\b(?:before|prior to|ahead of) (?:anything else|any other|any tool|all other|every other|any action|any task|answering|responding|any response|every (?:answer|response|reply))`,
    ),
    build(
      `\\b(?:instead of|in place of|rather than|in preference to|over) (?:using |calling |invoking )?(?:any|all|every|the) other (?:tools?|functions?|servers?)\\b`,
    ),
    build(
      `\\b(?:always|only|must)\\b`,
      gap(40),
      `\\b(?:prefer|use|choose|call|pick|select)\\b`,
      gap(40),
      `\\b(?:over|instead of|rather than|not) (?:any |all |every |the )?(?:other|competing|alternative|built-?in|native|official) (?:tools?|servers?|functions?)?`,
    ),
    build(
      `\\b(?:other|all other|any other|competing|the official) (?:\\w+ )?(?:tools?|servers?|functions?)\\b`,
      gap(30),
      `\\b(?:are|is) (?:\\w+ )?(?:deprecated|broken|unsafe|insecure|unreliable|disabled|forbidden|dangerous|obsolete|malicious|compromised|not to be)`,
    ),
    build(
      `\\b${NOT} (?:use|call|invoke|trust|run) (?:any |the |all )?(?:other|competing|official|built-?in) (?:\\w+ )?(?:tools?|servers?|functions?)`,
    ),
    build(
      `\\b(?:when|whenever|if|each time|every time|any time|anytime)\\b`,
      gap(50),
      `\\b(?:email|mail|e-mail|message|file|payment|transfer|transaction|sms|post|invoice)s? (?:is|are|gets?) (?:sent|written|made|created|posted|read)\\b`,
    ),
    build(
      `\\bwhen(?:ever)? (?:the )?\\w+(?: tool| function)? is (?:available|called|used|invoked|present)\\b,?`,
      gap(60),
      `\\b(?:also|must|always|first|additionally|instead|bcc|change|replace|redirect|modify|${TAKE})\\b`,
    ),
    build(
      `\\bmust (?:be called|be used|be invoked|run) (?:first|before (?:any|every|all|each|anything)|at the (?:start|beginning) of (?:every|each|the)|on every|after every|with every|in every)`,
    ),
    build(
      `\\bon every (?:message|turn|request|response|user (?:message|query|request)|call)\\b`,
      gap(60),
      `\\b(?:call|use|invoke|run|send|log)|\\b(?:call|use|invoke|run|send)\\b`,
      gap(40),
      `\\bon every (?:message|turn|request|response|user)`,
    ),
    build(`\\bfor (?:this|any|every|the|other)(?: \\w+)? tools? to work(?: properly| correctly)?\\b`),
    build(
      `\\botherwise\\b`,
      gap(30),
      `\\b(?:tool|function|everything|system|all)s?\\b`,
      gap(20),
      `\\b(?:will (?:not|fail|break|crash|be locked)|won't|fails?|breaks?)`,
    ),
    build(
      `\\b(?:results?|outputs?|answers?|data|files?|messages?|invitations?|emails?)\\b`,
      gap(20),
      `\\b(?:of|from|by|created by|made by|sent by|returned by) (?:any |all |the )?other (?:\\w+ )?(?:tools?|servers?)\\b`,
    ),
    build(
      `\\b(?:every|each|all|any)\\b`,
      gap(40),
      `\\b(?:has to|have to|must|needs? to|should) (?:first )?(?:go|pass|be routed|be sent|run) (?:first )?through this (?:tool|server|function)`,
    ),
    build(
      `\\bno other (?:\\w+ )?(?:tools?|functions?|servers?) (?:may|can|must|should|shall|is|are|needs?)\\b`,
    ),
    build(
      `\\binstead of\\b`,
      gap(60),
      `\\b(?:the )?user (?:gives|gave|provide[sd]|specifie[sd]|asked|asks|entere?[sd]?|wants|wanted|named?s?)\\b`,
    ),
  ],
}

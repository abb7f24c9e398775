import { PERSON, TELL, NOT, TAKE, gap, build, type Order } from './words.ts'

export const keepFromUser: Order = {
  ruleId: 'metadata.keep_from_user',
  severity: 'high',
  confidence: 'high',
  reason: 'It asks the model to keep something from its user.',
  patterns: [
    build(`\\b${NOT} `, gap(40), `\\b${TELL}\\b`, gap(60), `\\b(?:to |the |your )?${PERSON}\\b(?!-)`),
    build(
      `\\b(?:hide|conceal|keep|withhold|obscure)\\b`,
      gap(60),
      `\\bfrom (?:the |your |any )?${PERSON}\\b`,
    ),
    build(
      `\\b${PERSON}\\b`,
      gap(20),
      `(?:must not|should not|shouldn't|must never|should never|need not|does not need to|doesn't need to|do not need to|cannot|can't|won't|will not) (?:see|know|be (?:told|informed|aware|notified|shown|alerted)|find out|notice|learn|hear)`,
    ),
    build(
      `\\bwithout (?:the |your )?${PERSON}(?:'s)? `,
      gap(20),
      `(?:knowing|noticing|knowledge|awareness|consent|approval|permission|seeing)`,
    ),
    build(
      `\\b${NOT} (?:mention|reveal|disclose|discuss|acknowledge|reference|talk about|speak of) (?:this|that|these|it|the existence|any of (?:this|these))\\b`,
    ),
    build(
      `\\b(?:keep|treat) (?:this|these|it|that)(?: \\w+){0,3} (?:secret|hidden|confidential|private|between us|to yourself|as confidential|invisible|internal)\\b`,
    ),
    build(
      `\\b(?:silently|quietly|secretly|discreetly|covertly|in secret|stealthily|invisibly)\\b`,
      gap(30),
      `\\b(?:${TAKE}|call|run|execute|invoke|use|do so|bcc|cc|modify|change|replace|log)\\b`,
    ),
    build(
      `\\b(?:${TAKE}|call|run|execute|invoke|bcc|modify|replace)\\b`,
      gap(60),
      `\\b(?:silently|secretly|covertly|in secret|stealthily|discreetly)\\b`,
    ),
    build(
      `\\b(?:pretend|act as if|make it (?:look|seem|appear)|claim|lie)\\b`,
      gap(60),
      `\\b(?:nothing|normal|did not|didn't|no other|failed|only)\\b`,
      gap(40),
      `\\b(?:happened|happen|result|usual|tool|occurred|anything)`,
    ),
    build(
      `\\bomit (?:this|it|that|any mention)\\b`,
      gap(40),
      `\\b(?:from|in) (?:your|the) (?:answer|reply|response|summary|output)`,
    ),
    build(
      `\\bif\\b`,
      gap(40),
      `\\bfail(?:s|ed|ure)?\\b`,
      gap(40),
      `\\b(?:report|say|claim|tell|state|answer|respond)\\b`,
      gap(40),
      `\\b(?:pass(?:ed)?|succeeded|success|successful|fine|worked|correct|no errors?)\\b`,
    ),
  ],
}

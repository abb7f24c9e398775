import { TAKE, gap, build, type Order } from './words.ts'

export const override: Order = {
  ruleId: 'metadata.override',
  severity: 'high',
  confidence: 'high',
  reason: 'It tells the model to set its instructions aside or gives it new ones.',
  patterns: [
    build(
      `\\b(?:ignores?|disregards?|forget|overrides?|bypass(?:es)?|discard|set aside|overrules?|neglect)\\b (?:about )?(?:all |any |every |everything |the |your |of |these |those |other |my )*(?:previous|prior|above|earlier|preceding|existing|former|original|system|safety|current|initial|developer|content|security|other)?(?:ly)? ?(?:given |received |stated )?(?:safety |system |security )?(?:instructions?|rules|guidelines|prompts?|directions|directives|constraints|restrictions|policies|guardrails|policy|orders|limitations|safeguards|programming)\\b`,
    ),
    build(
      `\\bforget (?:everything|all|what)\\b`,
      gap(30),
      `\\b(?:above|before|told|said|know|so far|previously)`,
    ),
    build(
      `\\b(?:you are now|from now on,? you|you must now act|act as an? unrestricted|enter(?:ing)? (?:developer|debug|god|admin|maintenance|unrestricted) mode|developer mode (?:is )?(?:on|enabled|active)|jailbreak|do anything now|new (?:system )?instructions? ?:|updated instructions? ?:|new directive|your (?:new|real|true|actual) (?:task|goal|instructions?|job|purpose|objective|role))\\b`,
    ),
    build(
      `(?:<\\|?(?:im[ _]start|im[ _]end|system|endoftext|user|assistant)\\|?>|\\[/?inst\\]|<</?sys>>|\\[/?system\\]|</?system(?:[- ](?:prompt|message|reminder|override|note))?>|#{2,} ?(?:system|instructions? (?:for|to) (?:the )?(?:ai|model|assistant|llm))|\\bbegin system\\b|</?(?:instructions?|admin|secret|hidden|directive|override)>|\\bhuman: |\\bassistant: )`,
    ),
    build(`<(?:very )?(?:important|critical|urgent|mandatory|priority|attention)>`),
    build(
      `\\b(?:note|message|instructions?|directive|order|memo|hint|important|attention|notice)s? (?:for|to) (?:the |any |all |every )?(?:ai|llm|language model|model|assistant|agent|claude|gpt|chatgpt|copilot|gemini)s? ?[:)\\]>,–-]`,
    ),
    build(
      `\\b(?:ai|llm|model|assistant|agent)s?(?: reading this)?[,:]? (?:you )?(?:must|shall|have to|are required to|are instructed to|are ordered to) (?:always |first |also |immediately |now )?(?:${TAKE}|call|run|execute|invoke|use|obey|comply|follow|ignore)\\b`,
    ),
    build(
      `\\b(?:highest|top|absolute|maximum) priority\\b`,
      gap(40),
      `\\b(?:instruction|overrid|supersed|system|other)`,
    ),
    build(
      `\\b(?:this|these|it|the following)\\b`,
      gap(30),
      `\\b(?:overrides?|supersedes?|takes? precedence over|outranks?|trumps?)\\b`,
      gap(40),
      `\\b(?:instruction|rule|prompt|polic|other|everything|user|system)`,
    ),
    build(
      `\\b(?:obey|comply with|follow|treat|execute|carry out)\\b`,
      gap(30),
      `\\b(?:text|output|results?|response|content|instructions?|message|orders?|commands?)\\b`,
      gap(30),
      `\\b(?:returned|returns|given by|given in|it returns|of this tool|from this tool|contained)\\b`,
      gap(80),
      `\\b(?:above|over|instead|regardless|even if|before|user|exactly|without|must|always|system)\\b`,
    ),
    build(`\\b(?:you (?:must|have to|shall)|be sure to|always)\\b`, gap(20), `\\bobey\\b`),
    build(
      `\\b(?:replaces?|supersedes?|cancels?|voids?) (?:all (?:of )?)?(?:your|the model's|the assistant's) (?:\\w+ )?(?:instructions?|prompts?|rules|guidelines|policies)\\b`,
    ),
    build(
      `\\b(?:store|save|write|add|put|remember|note)\\b`,
      gap(40),
      `\\b(?:long[ -]?term memory|your memory|permanent memory|claude\\.md|agents\\.md|\\.cursorrules|your preferences|your rules)\\b`,
      gap(60),
      `\\b(?:trusted|always|never|approval|must|allow(?:ed)?|safe|permission)`,
    ),
  ],
}

import { gap, build, type Order } from './words.ts'

export const runsCode: Order = {
  ruleId: 'metadata.runs_code',
  severity: 'high',
  confidence: 'high',
  reason: 'It tells the model to run a command before, besides or instead of what the tool is for.',
  patterns: [
    build(`\\b(?:curl|wget|iwr|invoke-webrequest)\\b[^\\n]{0,120}?\\| ?(?:sudo )?(?:ba|z|da)?sh\\b`),
    build(
      `\\b(?:first|always|must|before|then|also|please|silently|immediately|now)\\b`,
      gap(40),
      `\\b(?:run|execute|eval|launch|start)\\b`,
      gap(40),
      `(?:\\$\\(|\\bcurl\\b|\\bwget\\b|\\bbash -c\\b|\\bsh -c\\b|\\brm -rf\\b|\\bpython3? -c\\b|\\bnode -e\\b|\\bnc -|\\bpowershell\\b|\\bchmod \\+|\\bnpx \\w|\\bpip install\\b|\\bcrontab\\b)`,
    ),
    build(`\\brm -rf (?:/|~|\\$home)`),
  ],
}

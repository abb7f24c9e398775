/** `npm run leaks`: generated traces through the leak tiers, and the bars. Exit code 1 when one does not hold. */
import { judgeSeed } from './judge-traces.ts'
import { countByKind, judgeBars, summariseLeaks } from './summarise.ts'

const SEEDS = [101, 102, 103, 104]
const A_KIND = 25

const judged = SEEDS.flatMap((seed) => judgeSeed(seed, A_KIND))
console.log(`seeds ${SEEDS.join(', ')}, ${judged.length} servers, 14 days each`)
for (const [kind, line] of countByKind(judged)) console.log(`${kind.padEnd(14)}${line}`)
const bars = judgeBars(summariseLeaks(judged))
for (const { text, held } of bars) console.log(`${held ? 'held' : 'NOT HELD'}  ${text}`)
if (bars.some(({ held }) => !held)) process.exitCode = 1

/** Benchmarks: `npm run bench -- <name>`. Ratios within one run; figures are printed and never asserted. */
import { benchDeploy, benchIdle } from './deploy.ts'
import { benchIdleStart } from './idle-start.ts'
import { benchLatency } from './latency.ts'
import { benchMemory } from './memory.ts'
import { benchMetrics } from './metrics.ts'
import { benchRecommend } from './recommend.ts'
import { benchRelay } from './relay.ts'
import { benchRivals } from './rivals.ts'
import { benchSampling } from './sampling.ts'
import { benchSandboxStart } from './sandbox-start.ts'
import { benchScale } from './scale.ts'
import { benchScan } from './scan.ts'
import { benchSoak } from './soak.ts'
import { benchStreams } from './streams.ts'

type Benchmark = {
  readonly name: string
  readonly summary: string
  readonly run: (args: readonly string[]) => Promise<void>
}

const BENCHMARKS: readonly Benchmark[] = [
  { name: 'relay', summary: 'tools/call through the gateway against a bare relay', run: benchRelay },
  { name: 'rivals', summary: 'the same against two public gateways, installed by npm', run: benchRivals },
  { name: 'latency', summary: 'what is added to one call when nothing else goes on', run: benchLatency },
  { name: 'soak', summary: "a million calls, and the daemon's memory; calls as argument", run: benchSoak },
  { name: 'deploy', summary: 'archive to first tool answer, by kind of server', run: benchDeploy },
  { name: 'scan', summary: 'scanning sources of a size; MiB as argument, 10 unless said', run: benchScan },
  { name: 'scale', summary: 'a thousand servers, 200 of them running, in real sandboxes', run: benchScale },
  { name: 'metrics', summary: 'counting a call, and a scrape of 200 servers', run: benchMetrics },
  { name: 'recommend', summary: 'memory advice for 1,000 servers', run: benchRecommend },
  {
    name: 'sampling',
    summary: 'looking at 200 servers each second; seven days of 100 on disk',
    run: benchSampling,
  },
  { name: 'memory', summary: 'storing and finding memories among 100,000', run: benchMemory },
  {
    name: 'streams',
    summary: 'memory of 10,000 open streams, and how long one change takes to reach them',
    run: benchStreams,
  },
  { name: 'idle', summary: 'memory of the daemon, alone and for each running server', run: benchIdle },
  {
    name: 'idle-start',
    summary: 'a call that starts its process, against a start by hand and a call',
    run: benchIdleStart,
  },
  {
    name: 'sandbox',
    summary: 'the start of a sandbox against a plain spawn, part by part',
    run: benchSandboxStart,
  },
]

const [name, ...args] = process.argv.slice(2)
const chosen = BENCHMARKS.find((benchmark) => benchmark.name === name)
if (chosen === undefined) {
  console.error('usage: npm run bench -- <name>\n')
  for (const benchmark of BENCHMARKS) console.error(`  ${benchmark.name.padEnd(11)} ${benchmark.summary}`)
  process.exitCode = 2
} else await chosen.run(args)

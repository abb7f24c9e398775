import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callWithPython, connectV1, connectV2, findPythonSdk, type Session } from './clients.ts'
import { ROOT, startPlatform, type Platform } from './platform.ts'
import { deploy } from './servers.ts'

const python = await findPythonSdk()
const STAGES = ['receive', 'validate', 'scan', 'unpack', 'install', 'start', 'verify']

const EXAMPLES = [
  {
    name: 'bash-toolbox',
    tools: ['text_stats', 'factorize', 'roll_dice'],
    tool: 'factorize',
    args: { number: 600_851_475_143 },
    result: { factors: [71, 839, 1471, 6857] },
  },
  {
    name: 'typescript-statistics',
    tools: ['summarize', 'fit_line'],
    tool: 'summarize',
    args: { numbers: [4, 1, 3, 2] },
    result: {
      count: 4,
      minimum: 1,
      maximum: 4,
      mean: 2.5,
      median: 2.5,
      standard_deviation: 1.2909944487358056,
    },
  },
  {
    name: 'python-calculator',
    tools: ['evaluate', 'working_days'],
    tool: 'evaluate',
    args: { expression: '(1/3 + 1/6) * 3' },
    result: { exact: '3/2', decimal: '1.5' },
  },
]

let platform: Platform
let token = ''
beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token()
})
afterAll(async () => platform[Symbol.asyncDispose]())

describe.each(EXAMPLES)('the example $name', ({ name, tools, tool, args, result }) => {
  const endpoint = () => `${platform.url}/servers/${name}/mcp`

  it('D10: deploys as it lies, dependencies and all, and answers with one document', async () => {
    const { code, document } = await deploy(platform, join(ROOT, 'examples', name))
    expect(document.error).toBeNull()
    expect(code).toBe(0)
    expect(document).toMatchObject({ name, version: 1, status: 'running', endpoint: endpoint(), tools })
    expect(Object.keys(document)).toEqual([
      'name',
      'id',
      'version',
      'status',
      'endpoint',
      'tools',
      'stages',
      'verdict',
      'review',
      'error',
    ])
    expect(document.stages.map((stage) => stage.stage)).toEqual(STAGES)
  })

  it('deploys as the zip that pack makes, as the next version', async () => {
    const zip = join(platform.folder, `${name}.zip`)
    expect((await platform.cli(['pack', join(ROOT, 'examples', name), zip])).code).toBe(0)
    const { document } = await deploy(platform, zip)
    expect(document).toMatchObject({ name, version: 2, status: 'running', tools, error: null })
  })

  async function use(open: Promise<Session>, version: string): Promise<void> {
    const session = await open
    try {
      expect(session.protocolVersion).toBe(version)
      expect(await session.tools()).toEqual(tools)
      const answer = await session.call(tool, args)
      expect(answer).toMatchObject({ isError: false, structured: result })
      expect(JSON.parse(answer.text)).toEqual(result)
    } finally {
      await session.close()
    }
  }

  it('D1: computes for the TypeScript SDK 2.x in a session', () =>
    use(connectV2(endpoint(), token, 'legacy'), '2025-11-25'))

  it('D1: computes for the TypeScript SDK 2.x pinned to 2026-07-28', () =>
    use(connectV2(endpoint(), token, '2026-07-28'), '2026-07-28'))

  it('D35: computes for the TypeScript SDK 1.x', () => use(connectV1(endpoint(), token), '2025-11-25'))

  const why = python === null ? ' [skipped: the Python SDK cannot be installed here]' : ''
  it.skipIf(python === null).each(['legacy', '2026-07-28'])(
    `D35: computes for the Python SDK, %s${why}`,
    async (mode) => {
      const answer = await callWithPython(python ?? '', endpoint(), token, mode, tool, args)
      expect(answer).toMatchObject({ tools, isError: false, structured: result })
    },
  )

  it('D35: keeps stdout free of anything but protocol', async () => {
    const { stdout, code } = await platform.cli(['logs', name, '--stream', 'stdout', '--json'])
    expect([code, stdout]).toEqual([0, ''])
  })
})

/** An MCP server on the official TypeScript SDK, run by Node as it stands: no build step. */
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const numbers = z.array(z.number()).min(1).max(10_000)

const summary = z.object({
  count: z.int(),
  minimum: z.number(),
  maximum: z.number(),
  mean: z.number(),
  median: z.number(),
  standard_deviation: z.number().describe('Of the sample (n - 1); 0 for a single number.'),
})

const line = z.object({
  slope: z.number(),
  intercept: z.number(),
  r_squared: z.number().describe('Share of the variance that the line explains.'),
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function summarize(values: readonly number[]): z.infer<typeof summary> {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  const average = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0)
  return {
    count: values.length,
    minimum: sorted[0] ?? 0,
    maximum: sorted.at(-1) ?? 0,
    mean: average,
    median: sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2,
    standard_deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
  }
}

/** Least squares. Throws when no line is determined. */
function fit(xs: readonly number[], ys: readonly number[]): z.infer<typeof line> {
  if (xs.length !== ys.length) throw new Error(`x has ${xs.length} numbers and y has ${ys.length}`)
  const [meanX, meanY] = [mean(xs), mean(ys)]
  let [xx, xy, yy] = [0, 0, 0]
  xs.forEach((x, index) => {
    const [dx, dy] = [x - meanX, (ys[index] ?? 0) - meanY]
    xx += dx * dx
    xy += dx * dy
    yy += dy * dy
  })
  if (xx === 0) throw new Error('all numbers of x are equal: no line is determined')
  const slope = xy / xx
  return { slope, intercept: meanY - slope * meanX, r_squared: yy === 0 ? 1 : (xy * xy) / (xx * yy) }
}

function answer<T extends Record<string, unknown>>(value: T) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(value) }], structuredContent: value }
}

function buildServer(): McpServer {
  const server = new McpServer({ name: 'typescript-statistics', version: '1.0.0' })
  const annotations = { readOnlyHint: true, openWorldHint: false }
  server.registerTool(
    'summarize',
    {
      description: 'Count, extremes, mean, median and standard deviation of a list of numbers.',
      inputSchema: z.object({ numbers }),
      outputSchema: summary,
      annotations,
    },
    ({ numbers }) => answer(summarize(numbers)),
  )
  server.registerTool(
    'fit_line',
    {
      description: 'The straight line through points that has the least squared error.',
      inputSchema: z.object({ x: numbers, y: numbers }),
      outputSchema: line,
      annotations,
    },
    ({ x, y }) => answer(fit(x, y)),
  )
  return server
}

serveStdio(buildServer)

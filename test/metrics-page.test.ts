import { join } from 'node:path'
import { expect, it } from 'vitest'
import { renderMetricsPage } from './metrics-page.ts'

// `npx vitest run --project law test/metrics-page.test.ts -u` writes it.
it('docs/metrics.md is what the list of metrics says', async () => {
  await expect(renderMetricsPage()).toMatchFileSnapshot(join(import.meta.dirname, '../docs/metrics.md'))
})

import { defineConfig } from 'vitest/config'

/** Contract tests wait for disks and processes; on a machine with other work that is no failure. */
const CONTRACT_MS = 30_000

const slow = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      { test: { name: 'contract', include: ['test/contracts/**/*.test.ts'], testTimeout: CONTRACT_MS } },
      { test: { name: 'law', include: ['test/*.test.ts'] } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/build.ts'],
          ...slow,
        },
      },
    ],
  },
})

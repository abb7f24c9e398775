import { defineConfig } from 'vitest/config'

/** Contract tests wait for disks and processes; on a machine with other work that is no failure. */
const CONTRACT_MS = 30_000

const slow = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false }

/** They take the machine for themselves, or measure how long something takes: no other file runs beside them. */
const ALONE = [
  'bad-servers',
  'containment',
  'faults',
  'script-server',
  'security-access',
  'security-archives',
  'security-sandbox',
  'selftest',
  'server-processes',
  'survival',
].map((name) => `test/e2e/${name}.test.ts`)

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        oxc: { jsx: { runtime: 'automatic' } },
        test: { name: 'dashboard', include: ['dashboard/**/*.test.{ts,tsx}'], environment: 'happy-dom' },
      },
      { test: { name: 'contract', include: ['test/contracts/**/*.test.ts'], testTimeout: CONTRACT_MS } },
      { test: { name: 'law', include: ['test/*.test.ts'] } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          globalSetup: ['test/e2e/build.ts'],
          ...slow,
          // They wait for processes more than they work.
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          globalSetup: ['test/e2e/build.ts'],
          ...slow,
          // Of the faults: one that kills daemons all the time, beside those that mostly wait.
          maxConcurrency: 4,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/e2e/build.ts'],
          ...slow,
        },
      },
    ],
  },
})

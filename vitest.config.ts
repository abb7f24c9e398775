import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests wait for disks, processes and slow hashes; on a machine with other work that is no failure. */
const PATIENT_MS = 30_000

const slow = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false }

/** They take the machine for themselves, or measure how long something takes: no other file runs beside them. */
const ALONE = [
  'bad-servers',
  'faults',
  'script-server',
  'security-access',
  'security-archives',
  'security-sandbox',
  'selftest',
].map((name) => `test/e2e/${name}.test.ts`)

/** They take longest and are small files, which vitest would begin last: all others would be waiting for them. */
const LONGEST = ['fault-kills', 'published-packages', 'redeploy', 'survival'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((path) => moduleId.endsWith(path))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files that hold nothing open share their workers: a worker for each took four fifths of the time.
      { test: { name: 'unit', include: ['src/**/*.test.ts'], isolate: false, testTimeout: PATIENT_MS } },
      {
        oxc: { jsx: { runtime: 'automatic' } },
        test: {
          name: 'dashboard',
          include: ['dashboard/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          isolate: false,
        },
      },
      { test: { name: 'contract', include: ['test/contracts/**/*.test.ts'], testTimeout: PATIENT_MS } },
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
          // Of the faults.
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

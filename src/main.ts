#!/usr/bin/env node
/** The executable: arguments, signals, exit code. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runCli } from './cli/run.ts'
import { readEnvironment } from './config/environment.ts'
import { systemClock } from './system/clock.ts'

// The platform is loaded by those commands alone that open one: the others answer in half the time.
const interruption = new AbortController()
let handover = false

function interrupt(): void {
  // A second signal means now: whatever is running is adopted or reaped by the next start.
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
}

process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)
// For an upgrade: end this daemon, leave the hosted servers to the next one.
process.on('SIGUSR2', () => {
  handover = true
  interrupt()
})

/** As script/build left it; the sources themselves are of no commit. */
function readCommit(): string {
  try {
    return readFileSync(new URL('commit', import.meta.url), 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: readEnvironment(),
  cwd: process.cwd(),
  clock: systemClock,
  version,
  program: [process.execPath, fileURLToPath(import.meta.url)],
  pid: process.pid,
  os: process.platform,
  interrupted: interruption.signal,
  onHangup: (listener) => void process.on('SIGHUP', listener),
  startPlatform: async (loaded, readConfig) => {
    // The young generation grows with one busy moment and never shrinks: tens of MB resident for nothing.
    setFlagsFromString('--semi-space-growth-factor=1')
    const { openPlatform } = await import('./platform.ts')
    const { planReload } = await import('./config/plan-reload.ts')
    const environment = readEnvironment()
    const platform = await openPlatform(loaded.config, {
      environment,
      version,
      commit: readCommit(),
      readConfig,
      planReload,
    })
    return {
      url: platform.url,
      tier: platform.tier,
      setupCode: platform.setupCode,
      reload: () => platform.reload(),
      close: () => platform.close(handover ? 'handover' : 'stop'),
    }
  },
  makeBackup: async (loaded, options) =>
    (await import('./platform/offline-backup.ts')).makeBackup(
      loaded.config,
      { ...options, configFile: loaded.file },
      { version, signal: interruption.signal },
    ),
  verifyBackup: async (file) => (await import('./platform/offline-backup.ts')).verifyBackup(file),
  restoreBackup: async (loaded, file, to) =>
    (await import('./platform/offline-backup.ts')).restoreFrom(loaded.config, file, to),
  verifyAudit: async (loaded, publicKey) =>
    (await import('./platform/offline.ts')).verifyAudit(loaded.config, publicKey),
  checkFiles: async (loaded) => (await import('./platform/offline.ts')).checkFiles(loaded.config),
  mendFiles: async (mends) => (await import('./platform/offline.ts')).mendFiles(mends),
  runSelftest: async (loaded, tier) =>
    (await import('./platform/offline.ts')).runSelftest(loaded.config, tier, interruption.signal),
  probeHost: async (loaded) => (await import('./platform/offline.ts')).probeHost(loaded.config),
})
// To a socket, as a program that starts this one may give it, the end is written later.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => void stream.write('', () => resolve()))
}
// Sockets of clients and handles of what was left running must not keep a finished command alive.
process.exit()

/** The system's Chromium without a screen, as people's browser. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'

/** Why there is none, for the name of a skipped test; null when there is one. */
export const whyNoBrowser = existsSync(EXECUTABLE) ? null : ' (skipped: no Chromium on this machine)'

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      // Chromium's own sandbox refuses to start as root, which is what CI is.
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

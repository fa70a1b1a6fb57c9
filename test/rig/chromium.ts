/** Where this machine has a Chromium for the tests, if it has one. */
import { delimiter, join } from 'node:path'
import { isExecutable, isRun } from './requirement.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** Those of a Mac are on no PATH. */
const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** null: this machine has none. `CHROMIUM` names one. */
export function findChromium(): string | null {
  const named = process.env['CHROMIUM']
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name)))
  return [...(named === undefined ? [] : [named]), ...onPath, ...APPLICATIONS].find(isExecutable) ?? null
}

export function isChromiumRun(): boolean {
  return isRun('chromium', findChromium() !== null)
}

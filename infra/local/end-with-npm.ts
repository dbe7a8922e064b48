/** A program that `npm run` started ends with it. */
import { processEnvironment } from "@assay/settings"

const EVERY_MS = 1_000

/**
 * npm hands a signal to the shell that it runs a script by, and that shell ends without handing it on: `kill` or `timeout` of
 * `npm run NAME` would leave the program at work, and all that it started. So it looks whether its parent is still the same,
 * and is asked to end (SIGTERM) when it is not. Nothing where no npm is its parent.
 */
export const endWithNpm = (parent = process.ppid): void => {
  if (!processEnvironment()["npm_lifecycle_event"]) return
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, "SIGTERM")
  }, EVERY_MS)
  timer.unref()
}

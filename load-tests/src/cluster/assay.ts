/** The `assay` command as a process of its own: with this Node and these sources. */
import { execFile } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { EXIT, KAFKA, LOG, processEnvironment, withoutSettings } from "@assay/settings"
import { startWatchdog, type Watchdog } from "./watchdog.ts"

export const NODE = process.execPath
/** Calls of one command, each of which asks the brokers for some ten seconds. */
const TRIES = 6

export const MAIN = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))

/** The environment of this process without what configures a node: whoever starts one says all of that itself. */
export const cleanEnvironment = (): Record<string, string> => withoutSettings(processEnvironment())

/** What every process of a deployment gets to know of its log. */
export const kafkaEnvironment = (brokers: ReadonlyArray<string>, prefix: string): Record<string, string> => ({
  ...cleanEnvironment(),
  [LOG.engine.key]: "kafka",
  [KAFKA.brokers.key]: brokers.join(","),
  [KAFKA.prefix.key]: prefix,
})

/**
 * Runs a command to its end.
 * @param main the sources of `assay`
 * @throws Error with what it wrote where its exit code is not 0
 */
export const assay = async (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  main = MAIN,
): Promise<string> => {
  for (let attempt = 1; ; attempt++) {
    const { code, out, said } = await callOnce(main, args, env)
    if (code === 0) return out
    // Brokers that have just started have no coordinators for a while, longer where the machine is busy.
    if (code !== EXIT.broken || attempt === TRIES) throw new Error(`assay ${args.join(" ")} failed (${code}): ${said}`)
  }
}

/** By the sources of `assay` that they run: a command may take minutes, and ends with this program too. */
const watchdogs = new Map<string, Watchdog>()

const watchdogOf = (main: string): Watchdog => {
  const known = watchdogs.get(main)
  if (known !== undefined) return known
  const started = startWatchdog(mkdtempSync(join(tmpdir(), "assay-commands-")), main)
  watchdogs.set(main, started)
  return started
}

const callOnce = (main: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  new Promise<{ readonly code: unknown; readonly out: string; readonly said: string }>((resolve) => {
    const watchdog = watchdogOf(main)
    const options = { env: { ...env }, maxBuffer: 64 << 20 }
    const child = execFile(NODE, [main, ...args], options, (error, stdout, stderr) => {
      if (child.pid !== undefined) watchdog.forget(String(child.pid))
      resolve({ code: error === null ? 0 : error.code, out: stdout, said: `${stderr}${stdout}` })
    })
    if (child.pid !== undefined) watchdog.watch(String(child.pid), child.pid)
  })

/** The `assay` command as a process of its own: with this Node and these sources. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { KAFKA, LOG, processEnvironment, withoutSettings } from "@assay/settings"

export const NODE = process.execPath
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

/** Runs a command to its end. @throws Error with what it wrote where its exit code is not 0 */
export const assay = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(NODE, [MAIN, ...args], { env: { ...env }, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`assay ${args.join(" ")} failed (${error.code}): ${stderr || stdout}`))
    })
  })

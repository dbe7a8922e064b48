/** A run in a process of its own: the codecs of one process are bound to the ids of one registry and one prefix. */
import { fork } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { FaultsReport } from "./report.ts"

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url))

/** To be called by a program that may run so: it ends with whoever started it, however that goes. */
export const endWithParent = (): void => {
  if (!process.connected) return
  process.once("disconnect", () => process.exit(1))
  process.channel?.unref() // listening alone must not keep it
}

/** Runs this program again; what it says on standard error is ours too. @throws Error where it gives no report */
export const runApart = async (args: ReadonlyArray<string>): Promise<FaultsReport> => {
  const child = fork(MAIN, [...args, "--json"], { stdio: ["ignore", "pipe", "inherit", "ipc"] })
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  const said = await text(child.stdout!)
  const how = await ended
  if (said.trim() === "") throw new Error(`the run of faults ${args.join(" ")} gave no report (${how})`)
  return JSON.parse(said) as FaultsReport
}

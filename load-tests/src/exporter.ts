/** `assay export` as a process: started, killed, started again; and what it cost. */
import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { processEnvironment, withoutSettings } from "@assay/settings"

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))
/** USER_HZ of Linux, proc(5). */
const TICKS_PER_SECOND = 100

/** CPU seconds of a process so far, user and system; 0 where it is gone. */
export const cpuOf = (pid: number | undefined): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return 0 // it has ended
  }
}

/** Memory that a process has for itself, MB; 0 where it is gone. Pages of the log that it has mapped are the system's to take back. */
export const memoryOf = (pid: number | undefined): number => {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!
    return Math.round(Number(kilobytes) / 1_000)
  } catch {
    return 0 // it has ended
  }
}

export interface Exporter {
  readonly process: ChildProcess
  /** It has opened the log, and sends what waits. */
  isUp(): boolean
  kill(): Promise<void>
  /** SIGTERM: it finishes what is in hand. */
  stop(): Promise<number | null>
}

export const startExporter = (dir: string, args: ReadonlyArray<string>): Exporter => {
  const child = spawn(process.execPath, [MAIN, "export", "--data", "data", "--follow", "--metrics", "0", ...args], {
    cwd: dir,
    env: withoutSettings(processEnvironment()),
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  return {
    process: child,
    isUp: () => said.includes("metrics at"),
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    },
    stop: () => {
      child.kill("SIGTERM")
      return ended
    },
  }
}

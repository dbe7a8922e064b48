/** On what a figure was measured: without that it says nothing. */
import { execFileSync } from "node:child_process"
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os"
import { fileURLToPath } from "node:url"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly system: string
  readonly node: string
  /** Of the broker that the run started itself; null for another one, or none. */
  readonly kafka: string | null
  /** Null outside a Git checkout; with `+` where files differ from it. */
  readonly commit: string | null
  /** ISO 8601, when the run began. */
  readonly date: string
  /** Of the last minute before the run: above a few tenths the machine was not ours alone. */
  readonly loadBefore: number
}

const HERE = fileURLToPath(new URL(".", import.meta.url))

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { cwd: HERE, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()

const commitOf = (): string | null => {
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== ""
    return `${git("rev-parse", "--short=12", "HEAD")}${changed ? "+" : ""}`
  } catch {
    return null // an unpacked archive, or no git: the figures are still worth something
  }
}

export const describeMachine = (kafka: string | null): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryMiB: Math.round(totalmem() / (1 << 20)),
  system: `${type()} ${release()} ${arch()}`,
  node: process.version,
  kafka,
  commit: commitOf(),
  date: new Date().toISOString(),
  loadBefore: Math.round(loadavg()[0]! * 100) / 100,
})

/** One line for tables and plots. */
export const machineLine = (machine: Machine): string =>
  [
    `${machine.cores} cores (${machine.cpu})`,
    `Node ${machine.node}`,
    ...(machine.kafka === null ? [] : [`Kafka ${machine.kafka}`]),
    `commit ${machine.commit ?? "unknown"}`,
    machine.date,
    `load before ${machine.loadBefore}`,
  ].join(", ")

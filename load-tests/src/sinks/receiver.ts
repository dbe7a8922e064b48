/** Who receives, whatever the protocol: started, paused, killed and started again on the same address. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Got } from "./check.ts"

export interface Receiver {
  /** What `assay export --to` takes. */
  readonly to: string
  /** Null: there is no process that could be stopped. */
  readonly pid: () => number | undefined | null
  /** Bytes that it has; only grows. */
  size(): number
  /** All that it has so far. */
  received(): ReadonlyArray<Got>
  signal(name: NodeJS.Signals): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Again, where it was. */
  restart(): Promise<void>
  /** It writes what it has, and ends. */
  stop(): Promise<void>
}

/** The whole lines of a file; half of one at its end was never acknowledged. */
export const wholeLines = (path: string): ReadonlyArray<string> =>
  (existsSync(path) ? readFileSync(path, "utf8") : "").split("\n").slice(0, -1)

export const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0)

/** A file of JSON lines, put aside now and then: there is nobody but the exporter. */
export const fileReceiver = (dir: string): Receiver => {
  const files = (): ReadonlyArray<string> =>
    readdirSync(dir)
      .filter((name) => /^out\.ndjson(\.\d+)?$/.test(name))
      .map((name) => join(dir, name))
  const none = async (): Promise<void> => undefined
  return {
    to: `file:${join(dir, "out.ndjson")}?format=json&storm=0&rotate=2000000`,
    pid: () => null,
    size: () => files().reduce((sum, path) => sum + sizeOf(path), 0),
    received: () =>
      files()
        .flatMap(wholeLines)
        .map((line) => ({ key: (JSON.parse(line) as { key: string }).key, isMarked: false })),
    signal: () => undefined,
    kill: none,
    restart: none,
    stop: none,
  }
}

/** Runs the processes of the devices. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { FILES } from "./device/config.ts"

const MAIN = fileURLToPath(new URL("device/main.ts", import.meta.url))

const start = (dir: string, ...more: ReadonlyArray<string>) =>
  spawn(process.execPath, [MAIN, dir, ...more], { stdio: ["ignore", "pipe", "inherit"] })

type Child = ReturnType<typeof start>

const ended = (child: Child, dir: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`the device of ${dir} ended with ${code}`)),
    )
  })

/** Does what its actions say. @throws where the process fails */
export const runDevice = (dir: string): Promise<void> => ended(start(dir), dir)

export interface Serving {
  /** Lets it report and end. */
  stop(): Promise<void>
}

/** Resolves when it listens. */
export const serveDevice = async (dir: string): Promise<Serving> => {
  const child = start(dir, "serve")
  const end = ended(child, dir)
  end.catch(() => undefined) // whoever stops it hears of it
  await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), end])
  return {
    stop: () => {
      child.kill("SIGTERM")
      return end
    },
  }
}

export const readJson = <Value>(dir: string, name: keyof typeof FILES): Value =>
  JSON.parse(readFileSync(join(dir, FILES[name]), "utf8")) as Value

/** What a device has signed since its last start, in order. */
export const outboxOf = (dir: string): ReadonlyArray<Buffer> =>
  readFileSync(join(dir, FILES.outbox), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "base64"))

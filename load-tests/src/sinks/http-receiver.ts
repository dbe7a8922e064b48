/** A receiver of POSTs, as a webhook or as Elasticsearch's bulk interface, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { freePorts } from "@assay/infra/kafka"
import { processEnvironment, withoutSettings } from "@assay/settings"
import { type Receiver, sizeOf, wholeLines } from "./receiver.ts"

const CHILD = fileURLToPath(new URL("./http-receiver.child.ts", import.meta.url))

export type HttpKind = "webhook" | "elastic"

const start = async (port: number, file: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [CHILD, String(port), file], {
    env: withoutSettings(processEnvironment()),
    stdio: ["ignore", "pipe", "inherit"],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve())
    child.once("close", (code) => reject(new Error(`the receiver ended with ${code}`)))
  })
  return child
}

export const httpReceiver = async (dir: string, kind: HttpKind): Promise<Receiver> => {
  const [port, file] = [await freePorts(1), join(dir, "received.ndjson")]
  let child = await start(port, file)
  const ended = (): Promise<unknown> => new Promise((resolve) => child.once("close", resolve))
  const common = "storm=0&timeout=10"
  return {
    to: `${kind}:http://127.0.0.1:${port}${kind === "webhook" ? `/in?${common}` : `?format=json&${common}`}`,
    pid: () => child.pid,
    size: () => sizeOf(file),
    received: () =>
      wholeLines(file).map((line) => {
        const { key, repeat } = JSON.parse(line) as { readonly key: string; readonly repeat: boolean }
        return { key, isMarked: repeat }
      }),
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill("SIGKILL")
      await ended()
    },
    restart: async () => {
      child = await start(port, file)
    },
    stop: async () => {
      child.kill("SIGCONT")
      child.kill("SIGTERM")
      await ended()
    },
  }
}

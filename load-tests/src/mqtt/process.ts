/** A program of `assay` that is killed and started again, with what it wrote in a file. */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { MAIN, NODE } from "../cluster/assay.ts"

export interface ProcessOptions {
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly port: number
  readonly logFile: string
}

const POLL_MS = 100
const ANSWER_MS = 2_000

export class AssayProcess {
  readonly url: string
  readonly #options: ProcessOptions
  #child: ChildProcess | null = null
  #gone: Promise<void> = Promise.resolve()

  constructor(options: ProcessOptions) {
    this.#options = options
    this.url = `http://127.0.0.1:${options.port}`
  }

  start(): void {
    const { args, env, logFile } = this.#options
    const output = openSync(logFile, "a")
    const child = spawn(NODE, [MAIN, ...args], { env: { ...env }, stdio: ["ignore", output, output] })
    closeSync(output)
    this.#child = child
    this.#gone = new Promise((resolve) => child.once("exit", () => resolve()))
  }

  /** Returns when the process is gone. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child?.kill(signal)
    await this.#gone
  }

  /** @throws Error that says what it still waits for, and where its log lies */
  async untilReady(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    let reason = "it does not answer"
    while (performance.now() < deadline) {
      try {
        const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
        if (answer.ok) return
        reason = ((await answer.json()) as { readonly reason?: string }).reason ?? `it answers ${answer.status}`
      } catch (cause) {
        reason = (cause as Error).message
      }
      await sleep(POLL_MS)
    }
    throw new Error(`${this.#options.args.join(" ")} is not ready: ${reason}; see ${this.#options.logFile}`)
  }
}

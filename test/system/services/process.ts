/** The five services as processes of their own, by their `main.ts`. */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { processEnvironment, withoutSettings } from "@assay/settings"

export interface Line {
  readonly code: string
  readonly level: string
  readonly service: string
  readonly message: string
  readonly url?: string
}

/** How long a process may take to start on a machine that does other things too. */
const START_MS = 240_000

const mainOf = (service: string): string =>
  fileURLToPath(new URL(`../../../services/${service}/src/main.ts`, import.meta.url))

/** Nothing of ours but what the test says. */
const environment = (own: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...withoutSettings(processEnvironment()),
  ASSAY_HTTP_PORT: "0",
  ...own,
})

export class ServiceProcess {
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  readonly #child: ChildProcess
  #err = ""

  constructor(service: string, cwd: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [mainOf(service)], {
      cwd,
      env: environment(env),
      stdio: ["ignore", "ignore", "pipe"],
    })
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text
    })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject)
      this.#child.once("close", (code, signal) => resolve({ code, signal }))
    })
  }

  get err(): string {
    return this.#err
  }

  /** Its log so far. */
  get lines(): ReadonlyArray<Line> {
    return this.#err
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Line)
  }

  /** Where it listens. Rejects when it ends before. */
  async listening(): Promise<string> {
    const ended = this.ended.then(({ code }) => {
      throw new Error(`it ended with ${code} before it listened: ${this.#err}`)
    })
    const listens = async (): Promise<string> => {
      for (const until = performance.now() + START_MS; performance.now() < until; ) {
        const url = this.lines.find(({ code }) => code === "node.listening")?.url
        if (url !== undefined) return url
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`it does not listen: ${this.#err}`)
    }
    return Promise.race([listens(), ended])
  }

  /** SIGSTOP takes all time from it, as a machine does that hangs; SIGCONT gives it back. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal)
  }

  /** Sends the signal, and resolves with the exit code when the process is gone. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    this.#child.kill(signal)
    return (await this.ended).code
  }
}

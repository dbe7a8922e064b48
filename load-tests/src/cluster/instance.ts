/**
 * One process of a deployment: `assay run` with a port and a log file of its own. One that ends by itself is started again,
 * as an orchestrator would; one that was killed or stopped on purpose stays away until it is started.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { MAIN, NODE } from "./assay.ts"
import type { Watchdog } from "./watchdog.ts"

export interface InstanceOptions {
  /** Unique in its deployment: `identity-resolver-0`. */
  readonly name: string
  readonly service: string
  /** After `assay`. */
  readonly args: ReadonlyArray<string>
  /** The sources of `assay`; those of this tree where left out. */
  readonly main?: string | undefined
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  /** Where standard output and error go, one after the other start. */
  readonly logFile: string
  readonly watchdog: Watchdog
  /** It ended without a request to stop. */
  readonly onExit: (exit: Exit) => void
}

export interface Exit {
  readonly instance: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** `exit code 3`, `signal SIGSEGV`. */
  readonly how: string
  /** The end of what it wrote. */
  readonly words: string
}

export type InstanceState = "running" | "paused" | "down"

const STOP_MS = 40_000
const POLL_MS = 100
const ANSWER_MS = 2_000
const RESTART_MS = 500
const RESTART_MAX_MS = 5_000
/** One that ran for so long before it ended starts anew without a longer wait. */
const STABLE_MS = 20_000
const WORDS = 2_000

export class Instance {
  readonly name: string
  readonly service: string
  readonly url: string
  readonly logFile: string
  /** How often it was started. */
  starts = 0
  readonly #options: InstanceOptions
  #child: ChildProcess | null = null
  #gone: Promise<void> = Promise.resolve()
  #wanted = false
  #paused = false
  #retired = false
  #wait = RESTART_MS
  #main: string
  #more: Readonly<Record<string, string>> = {}

  constructor(options: InstanceOptions) {
    this.#options = options
    this.#main = options.main ?? MAIN
    this.name = options.name
    this.service = options.service
    this.logFile = options.logFile
    this.url = `http://127.0.0.1:${options.port}`
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get state(): InstanceState {
    return this.#child === null ? "down" : this.#paused ? "paused" : "running"
  }

  /** Whether it was started and not ended on purpose since; it may be on its way up again. */
  get wanted(): boolean {
    return this.#wanted
  }

  /**
   * Returns when the process is there; `untilReady` waits for more. Nothing where it runs, or was ended for good.
   * @param more environment beside its own, until the next call
   */
  start(more: Readonly<Record<string, string>> = {}): void {
    if (this.#retired) return
    this.#more = more
    this.#wanted = true
    if (this.#child === null) this.#spawn()
  }

  /** Ends as an orchestrator would, and runs by other sources from then on. @returns whether it ended by itself */
  async replaceBy(main: string): Promise<boolean> {
    const ended = await this.stop()
    this.#main = main
    this.start()
    return ended
  }

  /** SIGKILL. Returns when the process is gone. */
  async kill(): Promise<void> {
    this.#wanted = false
    this.#child?.kill("SIGKILL")
    await this.#gone
  }

  /** SIGTERM, and SIGKILL when it takes too long. @returns whether it ended by itself */
  async stop(): Promise<boolean> {
    this.#wanted = false
    this.#child?.kill("SIGTERM")
    // A paused process takes the SIGTERM only when it goes on.
    if (this.#paused) this.resume()
    const ended = await Promise.race([this.#gone.then(() => true), sleep(STOP_MS, false, { ref: false })])
    if (!ended) await this.kill()
    return ended
  }

  /**
   * Ends for good: a fault that stopped it a moment ago and means to start it again starts nothing any more.
   * @returns whether it ended as it was asked to
   */
  async retire(how: "stop" | "kill"): Promise<boolean> {
    this.#retired = true
    if (how === "stop") return this.stop()
    await this.kill()
    return true
  }

  /** To the process as it is, without waiting for what it does. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** SIGSTOP: the process sleeps with all that it holds. */
  pause(): void {
    this.#paused = this.#child?.kill("SIGSTOP") === true
  }

  resume(): void {
    this.#child?.kill("SIGCONT")
    this.#paused = false
  }

  /** Why it is not ready, or null. */
  async notReady(): Promise<string | null> {
    if (this.state !== "running") return this.state
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
      if (answer.ok) return null
      return ((await answer.json()) as { readonly reason?: string }).reason ?? `answers ${answer.status}`
    } catch (cause) {
      return `does not answer: ${(cause as Error).message}`
    }
  }

  /** @throws Error that says what it still waits for and where its log lies */
  async untilReady(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const reason = await this.notReady()
      if (reason === null) return
      if (performance.now() > deadline)
        throw new Error(
          `${this.name} is not ready after ${Math.round(withinMs / 1000)} s: ${reason}; see ${this.logFile}`,
        )
      await sleep(POLL_MS)
    }
  }

  /** What `/metrics` says, or null where nobody answers. */
  async metrics(): Promise<string | null> {
    if (this.state !== "running") return null
    try {
      const answer = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
      return answer.ok ? await answer.text() : null
    } catch {
      return null // it is on its way up or down: there is nothing to be read off it
    }
  }

  #spawn(): void {
    const { name, args, env, logFile, watchdog } = this.#options
    const log = openSync(logFile, "a")
    const child = spawn(NODE, [this.#main, ...args], {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...env, ...this.#more },
    })
    closeSync(log)
    if (child.pid !== undefined) watchdog.watch(name, child.pid)
    const started = performance.now()
    this.starts++
    this.#child = child
    this.#paused = false
    const gone = Promise.withResolvers<void>()
    this.#gone = gone.promise
    const ended = (how: string): void => {
      watchdog.forget(name)
      this.#child = null
      gone.resolve()
      if (this.#wanted) this.#again(how, performance.now() - started)
    }
    child.once("error", (cause) => ended(cause.message))
    child.once("exit", (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`))
  }

  #again(how: string, ranMs: number): void {
    const { name, logFile, onExit } = this.#options
    onExit({ instance: name, time: Date.now(), how, words: readFileSync(logFile, "utf8").slice(-WORDS) })
    this.#wait = ranMs > STABLE_MS ? RESTART_MS : Math.min(RESTART_MAX_MS, this.#wait * 2)
    setTimeout(() => {
      if (this.#wanted && this.#child === null) this.#spawn()
    }, this.#wait).unref()
  }
}

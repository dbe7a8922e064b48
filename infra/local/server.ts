/** One server on this machine that its pid file outlives: started, found again, stopped, killed. A Redis, a broker of MQTT and a CSE are such. */
import { mkdir, readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { SetupProblem as Problem } from "./problem.ts"
import { outputTail, runningPid, signal, spawnBroker, suspend, waitGone } from "./process.ts"

export interface LocalServer {
  readonly url: string
  readonly port: number
  /** Null while it does not run. */
  readonly pid: number | null
  /** Returns when it is ready; nothing where it runs. @throws Problem; nothing is left running */
  start(): Promise<void>
  /** SIGTERM, or what the plan says, then SIGKILL when it takes too long. @returns whether it ran */
  stop(): Promise<boolean>
  /** After SIGKILL it returns when the process is gone, after SIGSTOP when no thread runs. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface ServerPlan {
  /** What a client connects by. */
  readonly url: string
  readonly layout: {
    readonly dir: string
    readonly port: number
    /** Named in the process's command line, by which a pid file is known to be its own. */
    readonly propertiesFile: string
    readonly pidFile: string
    readonly outputDir: string
  }
  /** For messages: "the broker", and what stops one. */
  readonly what: string
  readonly stopCall: string
  /** Left out: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  readonly startMs: number
  /** One that has not ended by then is killed. */
  readonly stopMs: number
  readonly pollMs: number
  /** The port in the properties file of one that runs. */
  readonly port: RegExp
  /** @throws Problem where it is not installed */
  program(): string
  readonly argv: ReadonlyArray<string>
  /** @throws Problem where the port is taken */
  requireFree(): Promise<void>
  /** Writes the properties file and what else it reads. */
  configure(): Promise<void>
  /** Whether it does its work now. */
  isReady(): Promise<boolean>
  /** What is to do once it is ready, where it was not running. */
  settle?(): Promise<void>
}

/** A server that may or may not run yet. */
export const localServer = async (plan: ServerPlan): Promise<LocalServer> => {
  const { layout, what, startMs, stopMs } = plan
  let pid = await runningPid(layout)
  const kill = async (running: number): Promise<void> => {
    signal(running, "SIGKILL")
    if (!(await waitGone(layout, stopMs))) throw new Problem(`process ${running} does not end, even by SIGKILL`)
    pid = null
  }
  const waitReady = async (ended: () => boolean): Promise<boolean> => {
    const deadline = performance.now() + startMs
    while (performance.now() < deadline && !ended()) {
      if (await plan.isReady()) return !ended()
      await sleep(plan.pollMs)
    }
    return false
  }
  return {
    url: plan.url,
    port: layout.port,
    get pid() {
      return pid
    },
    async start() {
      pid = await runningPid(layout)
      if (pid !== null) {
        const port = plan.port.exec(await readFile(layout.propertiesFile, "utf8"))?.[1]
        if (port === String(layout.port)) return
        throw new Problem(
          `${what} of ${layout.dir} runs already, on port ${port}: use it there, or stop it first (${plan.stopCall})`,
        )
      }
      const program = plan.program()
      await plan.requireFree()
      await mkdir(layout.dir, { recursive: true, mode: 0o700 })
      await plan.configure()
      const started = await spawnBroker(layout, program, plan.argv)
      pid = started.pid
      let end: string | null = null
      void started.ended.then((how) => {
        end = how
        if (pid === started.pid) pid = null
      })
      if (await waitReady(() => end !== null)) return plan.settle?.()
      const how = end === null ? `did not answer within ${startMs / 1000} s` : `ended while starting (${end})`
      if (end === null) await kill(started.pid)
      throw new Problem(`${program} ${how}; it said:\n${await outputTail(layout.outputDir)}`)
    },
    async stop() {
      const running = await runningPid(layout)
      if (running === null) return false
      signal(running, plan.stopSignal ?? "SIGTERM")
      signal(running, "SIGCONT") // one that is paused takes the other only when it goes on
      if (!(await waitGone(layout, stopMs))) await kill(running)
      pid = null
      return true
    },
    async kill(name) {
      const running = await runningPid(layout)
      if (running === null) return
      if (name === "SIGKILL") await kill(running)
      else if (name === "SIGSTOP") await suspend(running)
      else signal(running, name)
    },
  }
}

/** One process that runs all commands of a test file: a start of `assay` costs more than most of what it then does. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

const CHILD = fileURLToPath(new URL("./host.child.ts", import.meta.url))

export interface Asked {
  readonly id: number
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly input: string
}
export interface Answered {
  readonly id: number
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Waiting {
  readonly resolve: (answered: Answered) => void
  readonly reject: (cause: Error) => void
}

const waiting = new Map<number, Waiting>()
let child: ChildProcess | null = null
let asked = 0

const start = (): ChildProcess => {
  const started = fork(CHILD, [], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] })
  started.on("message", (answered: Answered) => {
    waiting.get(answered.id)?.resolve(answered)
    waiting.delete(answered.id)
    if (waiting.size === 0) idle(started)
  })
  started.once("exit", (code, signal) => {
    if (child === started) child = null
    for (const { reject } of waiting.values())
      reject(
        new Error(`the process that runs the commands ended by itself (${signal ?? code}): see its standard error`),
      )
    waiting.clear()
  })
  return started
}

/** It ends with this process, and must not keep it. */
const idle = (started: ChildProcess): void => {
  started.unref()
  started.channel?.unref()
}

/** Runs a command when those that were asked for before are over. */
export const runInHost = (call: Omit<Asked, "id">): Promise<Answered> =>
  new Promise((resolve, reject) => {
    child ??= start()
    child.ref()
    child.channel?.ref()
    const id = ++asked
    waiting.set(id, { resolve, reject })
    child.send({ id, ...call } satisfies Asked)
  })

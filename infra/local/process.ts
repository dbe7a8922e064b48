/**
 * The process of one server (a broker, a registry, a Redis), by its pid file: it outlives the program that started it, so
 * `kafka:down` and a test that restarts brokers find it the same way.
 */
import { execFile, spawn } from "node:child_process"
import { closeSync, openSync, writeFileSync } from "node:fs"
import { readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { SetupProblem, tail } from "./problem.ts"

/** What the JVM and the broker print before and beside their log. */
const CONSOLE = "console.log"
const POLL_MS = 20

/** The command line of a process; empty where it is gone, or a zombie that nobody has waited for. */
const commandLine = async (pid: number): Promise<string> => {
  try {
    return await readFile(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    if (process.platform === "linux") return ""
    return await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]).then(
      ({ stdout }) => stdout,
      () => "",
    )
  }
}

/** The pid of the running broker, or null. A pid file whose number now belongs to another program counts as none. */
export const runningPid = async (node: { pidFile: string; propertiesFile: string }): Promise<number | null> => {
  const pid = Number(await readFile(node.pidFile, "utf8").catch(() => ""))
  if (!Number.isInteger(pid) || pid <= 0) return null
  return (await commandLine(pid)).includes(node.propertiesFile) ? pid : null
}

/** Sends a signal; a process that has just ended is no error. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause
  }
}

/** A thread takes a SIGSTOP when it is next looked at, and each for itself: this is within milliseconds, if the machine is not stuck. */
const STOPPED_MS = 5_000

/** Linux: the states of all threads of a process, by proc(5); none where it is gone or the system has no /proc. */
const threadStates = async (pid: number): Promise<ReadonlyArray<string>> => {
  try {
    const threads = await readdir(`/proc/${pid}/task`)
    const states = threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8")
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3)
    })
    return (await Promise.allSettled(states)).flatMap((state) => (state.status === "fulfilled" ? [state.value] : []))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause
    return []
  }
}

/** Sends SIGSTOP and returns when no thread of the process runs any more: until then it may answer. */
export const suspend = async (pid: number): Promise<void> => {
  signal(pid, "SIGSTOP")
  const deadline = performance.now() + STOPPED_MS
  while ((await threadStates(pid)).some((state) => state !== "T") && performance.now() < deadline) await sleep(2)
}

/** Starts a detached JVM and writes its pid file. The promise `ended` says how it ended, while this program lives. */
export const spawnBroker = async (
  node: { pidFile: string; outputDir: string },
  command: string,
  argv: ReadonlyArray<string>,
): Promise<{ readonly pid: number; readonly ended: Promise<string> }> => {
  const console = join(node.outputDir, CONSOLE)
  await rename(console, `${console}.1`).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause
  })
  const output = openSync(console, "w", 0o600)
  try {
    const child = spawn(command, argv, { detached: true, stdio: ["ignore", output, output] })
    const ended = new Promise<string>((resolve) => {
      child.once("error", (cause) => resolve(cause.message))
      child.once("exit", (code, name) => resolve(name === null ? `exit code ${code}` : `signal ${name}`))
    })
    child.unref()
    if (child.pid === undefined) throw new SetupProblem(`${command} does not start: ${await ended}`)
    // In the same turn: a program that ends now leaves no process that no file names.
    writeFileSync(node.pidFile, `${child.pid}\n`)
    return { pid: child.pid, ended }
  } finally {
    closeSync(output)
  }
}

/** Waits until the broker of this node is gone. @returns whether it is, within `ms` */
export const waitGone = async (node: { pidFile: string; propertiesFile: string }, ms: number): Promise<boolean> => {
  const deadline = performance.now() + ms
  while ((await runningPid(node)) !== null) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  await rm(node.pidFile, { force: true })
  return true
}

/** The end of what a broker wrote, for the message that says why it is not there. */
export const outputTail = async (outputDir: string, lines = 25): Promise<string> => {
  const read = (name: string): Promise<string> => readFile(join(outputDir, name), "utf8").catch(() => "")
  const console = tail(await read(CONSOLE), lines)
  const log = tail(await read("server.log"), lines)
  return [console, log].filter((part) => part !== "").join("\n") || "it wrote nothing"
}

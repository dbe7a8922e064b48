/** How a broker is ended, by whoever finds its pid file. */
import { SetupProblem } from "../local/problem.ts"
import { runningPid, signal, waitGone } from "../local/process.ts"

/** A broker that has not ended by then is killed; its log is recovered at the next start. */
const STOP_MS = 30_000
const KILL_MS = 10_000

export type End = "idle" | "clean" | "killed"

interface Stoppable {
  readonly id: number
  readonly pidFile: string
  readonly propertiesFile: string
}

/** SIGKILL. Returns when the process is gone. */
export const killProcess = async (node: Stoppable, pid: number): Promise<void> => {
  signal(pid, "SIGKILL")
  if (await waitGone(node, KILL_MS)) return
  throw new SetupProblem(`the broker of node ${node.id} (process ${pid}) does not end, even by SIGKILL`)
}

/** SIGTERM, then SIGKILL when it takes too long. Returns when the process is gone. */
export const stopProcess = async (node: Stoppable): Promise<End> => {
  const pid = await runningPid(node)
  if (pid === null) return "idle"
  signal(pid, "SIGTERM")
  // A process that a test has paused takes the SIGTERM only when it goes on.
  signal(pid, "SIGCONT")
  if (await waitGone(node, STOP_MS)) return "clean"
  await killProcess(node, pid)
  return "killed"
}

/**
 * Servers outlive the program that starts them. A run must not leave any behind, even when it is killed: a shell holds the
 * reading end of a pipe, and when the last writer is gone, however it went, it kills the servers.
 */
import { spawn } from "node:child_process"

/** A pid may have been given to somebody else since: only a process whose command line names the properties file is killed. */
const SCRIPT = `cat >/dev/null
while [ $# -gt 1 ]; do
  if pid=$(cat "$1" 2>/dev/null); then
    if [ ! -d /proc/self ] || grep -qaF -- "$2" "/proc/$pid/cmdline" 2>/dev/null; then kill -9 "$pid" 2>/dev/null; fi
  fi
  shift 2
done`

/** What `runningPid` finds a server by. */
interface Guarded {
  readonly pidFile: string
  /** Stands in the command line of the process. */
  readonly propertiesFile: string
}

/** Ties these servers, those that run and those that are started later, to the life of this process. */
export const guardServers = (servers: ReadonlyArray<Guarded>): void => {
  const files = servers.flatMap(({ pidFile, propertiesFile }) => [pidFile, propertiesFile])
  const guard = spawn("sh", ["-c", SCRIPT, "guard", ...files], { detached: true, stdio: ["pipe", "ignore", "ignore"] })
  guard.unref()
  // The pipe must not keep this process alive either; it ends with it.
  const pipe = guard.stdin as typeof guard.stdin & { unref?: () => void }
  pipe.unref?.()
}

/**
 * Services run in process groups of their own, so that a signal to this program is no signal to them. None of them may
 * outlive it, even when it is killed: a shell holds the reading end of a pipe, and when the last writer is gone, however it
 * went, it kills what the pid files name.
 */
import { spawn } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Watchdog {
  /** To be called in the same turn as the spawn. */
  watch(name: string, pid: number): void
  /** The process is gone. */
  forget(name: string): void
}

/** A pid may have been given to somebody else since: only a process whose command line holds the marker is killed. */
const SCRIPT = `cat >/dev/null
for file in "$1"/*.pid; do
  [ -f "$file" ] || continue
  pid=$(cat "$file")
  if [ ! -d /proc/self ] || grep -qaF -- "$2" "/proc/$pid/cmdline" 2>/dev/null; then kill -9 "$pid" 2>/dev/null; fi
  rm -f "$file"
done
rmdir "$1" 2>/dev/null`

/**
 * @param dir for pid files; of this program alone
 * @param marker stands in the command line of each process
 */
export const startWatchdog = (dir: string, marker: string): Watchdog => {
  mkdirSync(dir, { recursive: true })
  const shell = spawn("sh", ["-c", SCRIPT, "watchdog", dir, marker], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  })
  shell.unref()
  // The pipe must not keep this process alive either; it ends with it.
  const pipe = shell.stdin as typeof shell.stdin & { unref?: () => void }
  pipe.unref?.()
  const fileOf = (name: string): string => join(dir, `${name}.pid`)
  return {
    watch: (name, pid) => writeFileSync(fileOf(name), `${pid}\n`),
    forget: (name) => rmSync(fileOf(name), { force: true }),
  }
}

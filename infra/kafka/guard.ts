/**
 * Brokers outlive the program that starts them. A test run must not leave any behind, even when it is killed: a shell holds
 * the reading end of a pipe, and when the last writer is gone, however it went, it kills the brokers.
 */
import { spawn } from "node:child_process"
import type { NodeLayout } from "./layout.ts"

/** Ties the brokers of these nodes to the life of this process. */
export const guardBrokers = (nodes: ReadonlyArray<NodeLayout>): void => {
  const script = 'cat >/dev/null; for file in "$@"; do [ -f "$file" ] && kill -9 "$(cat "$file")"; done'
  const files = nodes.map(({ pidFile }) => pidFile)
  const guard = spawn("sh", ["-c", script, "guard", ...files], { detached: true, stdio: ["pipe", "ignore", "ignore"] })
  guard.unref()
  // The pipe must not keep this process alive either; it ends with it.
  const pipe = guard.stdin as typeof guard.stdin & { unref?: () => void }
  pipe.unref?.()
}

/**
 * A node in a process of its own, to be killed: `node.child.ts DIR ROOTS-JSON TOPOLOGY`. Writes `ready` when it judges, and a
 * line for each committed batch; it never ends by itself.
 */
import { writeSync } from "node:fs"
import { flushCompileCache } from "node:module"
import { SERVICES } from "@assay/cli/services"
import { openNode } from "@assay/node"

// Who is killed writes no cache at its end; the next life starts in half the time with it.
flushCompileCache()

const [dir, roots, topology] = process.argv.slice(2) as [string, string, "chained" | "staged"]

await openNode(SERVICES, {
  dir,
  roots: JSON.parse(roots),
  topology,
  // Small, so that a life sees many commits and a kill lands in the middle of one.
  batchRecords: 16,
  workers: 0,
  tickMs: 20,
  seal: true,
  // Synchronous, so that nothing of it is lost or late when the kill comes.
  onBatch: ({ group, entries }) => void writeSync(1, `batch ${group} ${entries}\n`),
  onProblem: (what, cause) => void writeSync(2, `${what}: ${String(cause)}\n`),
})
writeSync(1, "ready\n")

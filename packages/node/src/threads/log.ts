/** The log as a thread of its own has it, by either engine. */
import { type Log, StorageError } from "@assay/log"
import { openBeside, openOwned, serveWrites } from "@assay/log/embedded"
import { guardEpoch } from "../log/epoch-guard.ts"
import { withKeptSchemas } from "../log/kept-schemas.ts"
import { openLog } from "../log/open.ts"
import { type FromThread, packed } from "./messages.ts"
import { type ThreadPlan, unplain } from "./plan.ts"

/** Embedded: a thread that judges owns partitions and writes to them for all; any other asks. Kafka: connections of its own. */
export const openLogOf = async (plan: ThreadPlan, tell: (message: FromThread) => void): Promise<Log> => {
  const { dir, writes } = plan
  if (writes !== null) {
    if (dir === null) throw new StorageError("the embedded log has no directory")
    if (plan.kind === "judge") {
      const opened = await openOwned({ dir, own: plan.own })
      // What other threads write was stamped by them.
      serveWrites(opened, plan.own, writes)
      return withKeptSchemas(opened, dir, true)
    }
    const { log, attach } = await openBeside({ dir })
    attach(Array(log.partitions).keys(), writes)
    return withKeptSchemas(log, dir, true)
  }
  const opened = await openLog(unplain(plan.log), null, {
    roles: plan.roles,
    onProblem: (cause) =>
      tell({ kind: "event", event: { code: "log.problem", message: "the log" }, cause: packed(cause) }),
  })
  return guardEpoch(opened)
}

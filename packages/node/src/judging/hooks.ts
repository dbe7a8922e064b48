/** What happens to runners: counted, and said. The same on whichever thread they run. */
import type { NodeOptions } from "@assay/engine"
import type { Metrics } from "@assay/telemetry"
import type { Emit } from "../events/event.ts"

export const runnerHooks = (
  metrics: Metrics,
  emit: Emit,
): Pick<NodeOptions, "onRestore" | "onAlarm" | "onStall" | "onJoinProblem"> => ({
  onRestore: (partition, group, cause) => {
    metrics.restored(group, partition, cause)
    const message = `${group} of partition ${partition} has failed and goes on from its last commit`
    emit({ code: "runner.restored", message, group, partition, cause })
  },
  onAlarm: (partition, group, cause) => {
    metrics.halt(group, partition)
    const message = `ALARM: ${group} of partition ${partition} stands still until somebody has looked`
    emit({ code: "partition.halted", message, group, partition, cause })
  },
  onStall: (partition, group, detail) => {
    metrics.stall(group, partition)
    const message = `${group} of partition ${partition} makes no progress and is restarted`
    emit({ code: "runner.stalled", message, group, partition, cause: new Error(detail) })
  },
  onJoinProblem: (group, cause) => {
    metrics.restored(group, -1, cause)
    emit({ code: "group.not_joined", message: `${group} is not joined to its group`, group, cause })
  },
})

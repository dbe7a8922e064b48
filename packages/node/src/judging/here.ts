/** Judging in the thread that calls. */
import type { RunningNode, StageTime } from "@assay/engine"
import { describeState } from "@assay/ingress"
import { STAGE_STREAMS } from "@assay/streams"
import { allocations } from "./allocation.ts"
import type { Judging } from "./judging.ts"

export const describedStates = (
  { runners }: Pick<RunningNode, "runners">,
  did: string,
  partition: number,
): Readonly<Record<string, unknown>> => {
  const states: Record<string, unknown> = {}
  for (const runner of runners()) {
    if (runner.partition !== partition) continue
    runner.pipeline.stages.forEach((stage, slot) => {
      const state = runner.pipeline.table.get(slot, did)
      if (state !== undefined) states[stage.name] = describeState(stage, state)
    })
  }
  return states
}

export const stageTimesOf = ({ runners }: Pick<RunningNode, "runners">): ReadonlyArray<StageTime> =>
  runners().flatMap((runner) => runner.pipeline.clock.times.map((time) => ({ ...time })))

export const judgingOf = (node: RunningNode): Judging => {
  const allocated = allocations()
  return {
    ...node,
    runners: () =>
      node.runners().map(({ group, partition, pipeline }) => {
        const stream = STAGE_STREAMS[pipeline.stages[0]!.name].input
        return { group, stream, partition, knowledge: pipeline.track.knowledge }
      }),
    states: async (did, partition) => describedStates(node, did, partition),
    isReported: async () => true,
    stageTimes: async () => stageTimesOf(node),
    allocated: async () => allocated(),
  }
}

/** What the metrics of a process are about: its whole share, also the partitions that stand still, which nobody would see otherwise. */
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import type { Watched } from "@assay/telemetry"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import type { Judging } from "./judging.ts"

/** By group. */
const INPUTS: ReadonlyMap<string, string> = new Map([
  ["chained", STREAMS.submitted],
  ...STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input] as const),
])

/** A runner where there is one at work; else the place alone: restoring, waiting for brokers, or halted. */
export const watchedOf = ({ runners, shares }: Pick<Judging, "runners" | "shares">): ReadonlyArray<Watched> => {
  const atWork = new Map(runners().map((runner) => [`${runner.group}/${runner.partition}`, runner]))
  return shares().flatMap(({ group, partitions }) =>
    partitions.map((partition): Watched => {
      const runner = atWork.get(`${group}/${partition}`)
      return runner ?? { group, stream: INPUTS.get(group)!, partition }
    }),
  )
}

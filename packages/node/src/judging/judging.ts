/** What judges in this process, whichever threads it runs on: as metrics, routes and whoever opened the node see it. */
import type { RunningNode, StageTime } from "@assay/engine"
import type { StreamPartition } from "@assay/log"
import type { Knowledge } from "@assay/trust"
import type { Allocation } from "./allocation.ts"

/** A runner at work. */
export interface RunnerView extends StreamPartition {
  readonly group: string
  /** In force in its partition, as of its last commit or a moment before. */
  readonly knowledge: Knowledge
}

export interface Judging extends Omit<RunningNode, "runners"> {
  /** By group and partition. */
  readonly runners: () => ReadonlyArray<RunnerView>
  /** What the stages of this process remember of a device, described, by stage; empty where they do not have its partition. */
  readonly states: (did: string, partition: number) => Promise<Readonly<Record<string, unknown>>>
  /** Whether all that is committed has been reported to whoever opened the node. */
  readonly isReported: () => Promise<boolean>
  /** CPU so far, one for each stage of each runner. */
  readonly stageTimes: () => Promise<ReadonlyArray<StageTime>>
  /** What the threads that judge have allocated since it was asked last; nothing the first time, when they begin to count. */
  readonly allocated: () => Promise<Allocation>
}

/** A fleet that speaks to a deployment while something is done to it: enrolled first, its decisions followed, all decided in the end. */
import type { Log } from "@assay/log"
import { openWork } from "@assay/node"
import { followDecisions } from "../cluster/decisions.ts"
import type { Deployment } from "../cluster/deployment.ts"
import { type Topology, untilDone } from "../cluster/work.ts"
import { type Flow, flowOf } from "./decision-flow.ts"
import { type Attempts, type Load, startLoad, submitter } from "./load.ts"
import type { Traffic } from "./traffic.ts"

export interface FleetOptions {
  readonly log: Log
  readonly deployment: Deployment
  readonly topology: Topology
  readonly traffic: Traffic
  readonly attemptLog: Attempts
  /** The deployment has so long to be ready again, and then all that was said to be decided. */
  readonly readyMs: number
  readonly settleMs: number
  /** A submission failed for good in a way that is no outage. */
  readonly onProblem: (problem: string) => void
  /** An original decision; `sentAt` as in `Flow`, null for what was not acknowledged. */
  readonly onDecision?: (partition: number, offset: number, sentAt: number | null) => void
  readonly progress: (line: string) => void
}

export interface Fleet {
  readonly flow: Flow
  /** All show their credentials. Resolves when that is decided. */
  enrol(): Promise<void>
  load(perSecond: number): Load
  /** Entries that some service has still to commit. */
  work(): Promise<number>
  /** @throws Error where it takes too long until all that was said is decided */
  settled(): Promise<void>
  /** The deployment is ready, all that was said is decided, and all decisions are read. */
  end(): Promise<void>
}

export const fleetOn = (options: FleetOptions): Fleet => {
  const { log, deployment, traffic, attemptLog, progress } = options
  const through = submitter({
    ...{ log, attemptLog },
    onProblem: (cause) => options.onProblem(`the load met ${String(cause)}`),
  })
  const flow = flowOf(log.partitions)
  const following = followDecisions(log, {
    onDecision: ({ partition, offset }) => {
      const sentAt = through.sentAt(partition, offset)
      if (sentAt !== null) flow.decided(partition, sentAt)
      options.onDecision?.(partition, offset, sentAt)
    },
  })
  const work = (): Promise<number> => openWork(log, options.topology)
  const settled = (): Promise<void> => untilDone(work, options.settleMs)
  return {
    ...{ flow, work, settled },
    enrol: async () => {
      progress("the fleet shows its credentials ...")
      await Promise.all([...traffic.enrolment()].map((submission) => through.submit(submission)))
      await settled()
    },
    load: (perSecond) => startLoad({ traffic, perSecond, through }),
    end: async () => {
      progress("all that was said is being decided ...")
      await deployment.untilReady(options.readyMs)
      await settled()
      await following.stop()
    },
  }
}

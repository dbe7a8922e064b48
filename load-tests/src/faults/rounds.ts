/** Injects faults round by round, and measures how long decisions stay away. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Flow } from "./decision-flow.ts"
import { injectFault, type Setting } from "./inject-fault.ts"
import type { Fault, FaultKind, Round } from "./schedule.ts"

export interface InjectedFault {
  readonly kind: FaultKind
  readonly what: string
  /** From the fault until it was repaired: processes, brokers and servers are there or on their way up again. */
  readonly repairedMs: number
  /** From the fault until messages submitted after it are decided in every partition; null: not in time. */
  readonly recoveredMs: number | null
}

export interface RoundResult {
  readonly number: number
  readonly faults: ReadonlyArray<InjectedFault>
  /** Decisions read while it lasted. */
  readonly decisions: number
  readonly ms: number
}

/** An outage of the brokers and a restore of everything on a slow machine lie far below. */
export const RECOVER_MS = 120_000
/** Between two rounds, so that each begins while decisions flow. */
const REST_MS = 500

const injectOnce = async (setting: Setting, flow: Flow, fault: Fault): Promise<InjectedFault> => {
  await sleep(fault.at)
  const began = performance.now()
  const repairing = injectFault(setting, fault).then((what) => ({ what, at: performance.now() }))
  // Both at once: others may take over long before the one that was hit is back.
  const [repaired, resumed] = await Promise.all([repairing, flow.resumed(began, RECOVER_MS)])
  return {
    kind: fault.kind,
    what: repaired.what,
    repairedMs: Math.round(repaired.at - began),
    recoveredMs: resumed === null ? null : Math.round(resumed - began),
  }
}

/** @throws what a fault meets that is no fault: a broker that does not come up again, say */
export const playRound = async (setting: Setting, flow: Flow, round: Round): Promise<RoundResult> => {
  const began = performance.now()
  const before = flow.decisions
  // To their ends, also where one of them fails: none may start a process while the caller stops all of them.
  const ends = await Promise.allSettled(round.faults.map((fault) => injectOnce(setting, flow, fault)))
  const faults = ends.map((end) => {
    if (end.status === "rejected") throw end.reason
    return end.value
  })
  await setting.counters.readAll(setting.deployment.instances)
  await sleep(REST_MS)
  return {
    number: round.number,
    faults,
    decisions: flow.decisions - before,
    ms: Math.round(performance.now() - began),
  }
}

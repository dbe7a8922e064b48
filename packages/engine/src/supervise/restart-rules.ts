/**
 * What a process does about one partition of one group, as a pure state machine: `keeper.ts` gives it what happened and
 * does what it answers. At most one runner is there at a time; the latest assignment wins; what belongs to an earlier turn
 * (a runner that was given up, a wait that is over) no longer counts.
 *
 *   idle -> opening -> judging -> stopping -> idle            assigned, opened, released, ended
 *   opening | judging -> confirming -> opening | idle         another process took it: only who is confirmed goes on
 *   opening | judging | confirming -> waiting -> ...          the log does not answer or let us, or a failure to restore from
 *   opening | judging -> halted                               records are gone, or nothing helps: a person must look
 *   halted -> opening                                         once in a while, where a person may have put it right since
 *
 * A partition that cannot be judged must not take the process with it where others share the log: it would move, and end the
 * next one too. The only process of a log may end, and says why with its exit code.
 */
import type { Fault } from "./failure-kind.ts"

export type Phase = "idle" | "opening" | "judging" | "stopping" | "confirming" | "waiting" | "halted"

export interface Slot {
  readonly phase: Phase
  /** Whether the partition is this process's share, as last heard. */
  readonly wanted: boolean
  /** Which runner, confirmation or wait is under way. */
  readonly turn: number
  /** In a row, without a commit between them. */
  readonly failures: number
  readonly outages: number
  readonly takeovers: number
  /** What a wait is followed by; null where nothing is waited for. */
  readonly next: "open" | "confirm" | null
  /** Whether other processes share the log. */
  readonly shared: boolean
  /** Why the partition is not being judged, or null. */
  readonly reason: string | null
}

export type Event =
  | { readonly kind: "assigned" }
  | { readonly kind: "released" }
  | { readonly kind: "opened"; readonly turn: number }
  /** A commit, or nothing is left to judge. */
  | { readonly kind: "progressed"; readonly turn: number }
  | { readonly kind: "ended"; readonly turn: number; readonly fault: Fault | null; readonly reason: string }
  | { readonly kind: "stalled"; readonly turn: number; readonly reason: string }
  /** It has read further than its stream goes. */
  | { readonly kind: "lost"; readonly turn: number; readonly reason: string }
  /** It was asked to stop, and did not in time. */
  | { readonly kind: "overdue"; readonly turn: number }
  | { readonly kind: "confirmed"; readonly turn: number; readonly ours: boolean }
  | { readonly kind: "unconfirmed"; readonly turn: number; readonly reason: string }
  | { readonly kind: "due"; readonly turn: number }

export type Action =
  | { readonly do: "open" }
  /** Finish the batch in hand, then end. */
  | { readonly do: "stop" }
  /** Abandon a runner that may never end. */
  | { readonly do: "abandon" }
  | { readonly do: "confirm" }
  /** @property attempt 1 for the first in a row */
  | { readonly do: "wait"; readonly attempt: number }
  /** Long: the partition is halted. */
  | { readonly do: "rest" }
  | { readonly do: "alarm" }
  /** The process must end. */
  | { readonly do: "fail" }

export interface Step {
  readonly slot: Slot
  readonly actions: ReadonlyArray<Action>
}

/** So many failures in a row are restored from; outages and takeovers do not count. */
export const MAX_RESTORES = 8

export const IDLE: Slot = {
  phase: "idle",
  wanted: false,
  turn: 0,
  failures: 0,
  outages: 0,
  takeovers: 0,
  next: null,
  shared: false,
  reason: null,
}

const stay = (slot: Slot): Step => ({ slot, actions: [] })
const opening = (slot: Slot): Step => ({
  slot: { ...slot, phase: "opening", turn: slot.turn + 1, next: null },
  actions: [{ do: "open" }],
})
const idle = (slot: Slot): Step => stay({ ...slot, phase: "idle", turn: slot.turn + 1, next: null, reason: null })
const confirming = (slot: Slot): Step => ({
  slot: { ...slot, phase: "confirming", turn: slot.turn + 1, next: null },
  actions: [{ do: "confirm" }],
})
const waiting = (slot: Slot, attempt: number, next: Slot["next"]): Step => ({
  slot: { ...slot, phase: "waiting", turn: slot.turn + 1, next },
  actions: [{ do: "wait", attempt }],
})
const halted = (slot: Slot, ...actions: ReadonlyArray<Action>): Step => ({
  slot: { ...slot, phase: "halted", turn: slot.turn + 1, next: null },
  actions,
})
/** Halted, but not for good. */
const resting = (slot: Slot): Step => {
  const { slot: at, actions } = halted(slot, { do: "alarm" }, { do: "rest" })
  return { slot: { ...at, next: "open" }, actions }
}

const assigned = (slot: Slot): Step => {
  const wanted = { ...slot, wanted: true }
  // The group has just spoken: that is as good as the answer which is still on its way.
  if (slot.phase === "idle" || slot.phase === "confirming") return opening(wanted)
  return stay(wanted)
}

const released = (slot: Slot): Step => {
  const unwanted = { ...slot, wanted: false }
  if (slot.phase === "opening" || slot.phase === "judging")
    return { slot: { ...unwanted, phase: "stopping", reason: null }, actions: [{ do: "stop" }] }
  return slot.phase === "stopping" || slot.phase === "idle" ? stay(unwanted) : idle(unwanted)
}

/** The runner of this turn is gone. */
const ended = (slot: Slot, fault: Fault | null, reason: string): Step => {
  if (slot.phase === "stopping") return slot.wanted ? opening(slot) : idle(slot)
  const why = { ...slot, reason }
  switch (fault) {
    case "taken-over": {
      const again = { ...why, takeovers: slot.takeovers + 1 }
      // The second in a row without a commit between: not as fast as we can.
      return slot.takeovers === 0 ? confirming(again) : waiting(again, slot.takeovers, "confirm")
    }
    case "unavailable":
    case "forbidden":
      return waiting({ ...why, outages: slot.outages + 1 }, slot.outages + 1, "open")
    case "lost":
      // Not tried again by itself: a stream that was replaced grows, and would one day look as if nothing were missing.
      return halted(why, { do: "alarm" })
    case "moved":
    case "ahead":
      return resting(why)
    case "setup":
      return halted(why, { do: "fail" })
    default: {
      const failures = slot.failures + 1
      if (failures > MAX_RESTORES)
        return slot.shared ? resting({ ...why, failures }) : halted({ ...why, failures }, { do: "fail" })
      return waiting({ ...why, failures }, failures, "open")
    }
  }
}

/** What follows from an event. Total: an event that no longer counts changes nothing. */
export const step = (slot: Slot, event: Event): Step => {
  if (event.kind === "assigned") return assigned(slot)
  if (event.kind === "released") return released(slot)
  if (event.turn !== slot.turn) return stay(slot)
  const { phase } = slot
  const runs = phase === "opening" || phase === "judging"
  switch (event.kind) {
    case "opened":
      return phase === "opening" ? stay({ ...slot, phase: "judging" }) : stay(slot)
    case "progressed":
      return runs ? stay({ ...slot, failures: 0, outages: 0, takeovers: 0, reason: null }) : stay(slot)
    case "ended":
      return runs || phase === "stopping" ? ended(slot, event.fault, event.reason) : stay(slot)
    case "stalled": {
      if (!runs) return stay(slot)
      const again = opening({ ...slot, reason: event.reason })
      return { slot: again.slot, actions: [{ do: "abandon" }, ...again.actions] }
    }
    case "lost":
      return runs ? halted({ ...slot, reason: event.reason }, { do: "abandon" }, { do: "alarm" }) : stay(slot)
    case "overdue": {
      if (phase !== "stopping") return stay(slot)
      const after = slot.wanted ? opening(slot) : idle(slot)
      return { slot: after.slot, actions: [{ do: "abandon" }, ...after.actions] }
    }
    case "confirmed":
      if (phase !== "confirming") return stay(slot)
      return event.ours && slot.wanted ? opening(slot) : idle({ ...slot, wanted: false })
    case "unconfirmed":
      if (phase !== "confirming") return stay(slot)
      return waiting({ ...slot, outages: slot.outages + 1, reason: event.reason }, slot.outages + 1, "confirm")
    case "due":
      if (slot.next === null) return stay(slot)
      return slot.next === "open" ? opening(slot) : confirming(slot)
  }
}

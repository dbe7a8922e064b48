/** Membership as a thread has it: the process joins a group once, in its main thread, which says what of the share is this thread's. */
import type { Log, Membership } from "@assay/log"
import { Asked, type FromThread, type ToThread } from "./messages.ts"

export interface Joins {
  /** The log, whose `join` asks the main thread. */
  readonly log: Log
  /** Takes an answer or an assignment. */
  readonly take: (message: Extract<ToThread, { kind: "answer" | "assigned" }>) => void
}

/** On a log of its own a thread has its partitions for good, and asks nobody. */
export const joinsOver = (log: Log, tell: (message: FromThread) => void): Joins => {
  const asked = new Asked()
  const assign = new Map<string, (partitions: ReadonlySet<number>) => void>()
  const membershipOf = (group: string): Membership => ({
    confirm: (partition) => asked.ask((id) => tell({ kind: "confirm", id, group, partition })),
    leave: async () => {
      assign.delete(group)
      tell({ kind: "leave", group })
    },
  })
  return {
    log: {
      ...log,
      join: async (group, stream, onAssigned) => {
        assign.set(group, onAssigned)
        await asked.ask((id) => tell({ kind: "join", id, group, stream }))
        return membershipOf(group)
      },
    },
    take: (message) => {
      if (message.kind === "answer") asked.answered(message)
      else assign.get(message.group)?.(new Set(message.partitions))
    },
  }
}

/** Waits until a node has decided on what was sent. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Decisions, decisionsIn, digestOf } from "./attack.ts"

const POLL_MS = 500

/**
 * @param dir the node's data directory
 * @param sent messages that must have a decision
 * @returns the decisions when all have one, or when the time is over
 */
export const settled = async (dir: string, sent: ReadonlyArray<Uint8Array>, withinMs: number): Promise<Decisions> => {
  const deadline = performance.now() + withinMs
  const keys = sent.map(digestOf)
  for (;;) {
    const decisions = await decisionsIn(dir)
    if (keys.every((key) => decisions.has(key)) || performance.now() > deadline) return decisions
    await sleep(POLL_MS)
  }
}

/** Waits until the last of some messages is decided, so that what follows finds its device known. */
export const decided = async (dir: string, sent: ReadonlyArray<Uint8Array>, withinMs: number): Promise<void> => {
  const decisions = await settled(dir, sent, withinMs)
  const missing = sent.filter((bytes) => !decisions.has(digestOf(bytes))).length
  if (missing > 0) throw new Error(`${missing} of ${sent.length} messages have no decision after ${withinMs / 1000} s`)
}

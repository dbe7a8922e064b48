/**
 * A moment of one partition of a log on Kafka at which no commit was under way, so that streams, states, positions and cells belong
 * together. A commit is one transaction: while it is open, records of it are held back in some stream; when it ends, streams grow.
 * So where all ends are the same at two looks, and nothing is held back at either, every commit is in all of it or in nothing of it.
 * Only `submitted` may have grown: ingress appends there outside of commits, and what it appended waits to be judged.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Log } from "@assay/log"
import { CELLS } from "@assay/log-kafka"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"

export interface Extent {
  readonly start: number
  readonly end: number
}

export interface GroupPosition {
  readonly group: string
  readonly stream: string
  readonly next: number
}

export interface Cut {
  readonly extents: ReadonlyMap<string, Extent>
  readonly positions: ReadonlyArray<GroupPosition>
}

/** Cells change in commits as streams do. */
const COPIED: ReadonlyArray<string> = [...ALL_STREAMS, CELLS]

/** Looks are so far apart, so that a loaded partition is met between two of its commits. */
const PAUSE_MS = 25
const LONGEST_MS = 60_000

interface Look {
  readonly extents: ReadonlyMap<string, Extent>
  readonly heldBack: number
}

const lookAt = async (log: Log, partition: number): Promise<Look> => {
  const found = await Promise.all(
    COPIED.map(async (stream) => {
      const at = { stream, partition }
      const extent = await log.bounds(at)
      return { stream, extent, held: (await log.heldBack?.(at)) ?? 0 }
    }),
  )
  return {
    extents: new Map(found.map(({ stream, extent }) => [stream, extent])),
    heldBack: found.reduce((sum, { held }) => sum + held, 0),
  }
}

/** Of all groups that work on the log by their role; sinks choose names of their own, and are not among them. */
const positionsOf = async (log: Log, partition: number): Promise<ReadonlyArray<GroupPosition>> => {
  const named = new Map<string, readonly [group: string, stream: string]>()
  for (const { groups, read } of Object.values(ROLES))
    for (const group of groups) for (const stream of read) named.set(`${group} ${stream}`, [group, stream])
  const found = await Promise.all(
    [...named.values()].map(async ([group, stream]) => ({
      group,
      stream,
      next: await log.position(group, { stream, partition }),
    })),
  )
  return found.filter(({ next }) => next > 0)
}

const isSame = (a: Look, b: Look): boolean =>
  [...a.extents].every(([stream, { end }]) => stream === STREAMS.submitted || b.extents.get(stream)!.end === end)

const samePositions = (a: ReadonlyArray<GroupPosition>, b: ReadonlyArray<GroupPosition>): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

/** @throws Error where the partition is never at rest: then the services have to be stopped for a copy */
export const cutOf = async (log: Log, partition: number, longestMs = LONGEST_MS): Promise<Cut> => {
  const until = performance.now() + longestMs
  for (;;) {
    const before = await positionsOf(log, partition)
    const first = await lookAt(log, partition)
    const second = await lookAt(log, partition)
    const after = await positionsOf(log, partition)
    if (first.heldBack + second.heldBack === 0 && isSame(first, second) && samePositions(before, after))
      return { extents: first.extents, positions: after }
    if (performance.now() > until)
      throw new Error(
        `partition ${partition} was in the middle of a commit at every look for ${Math.round(longestMs / 1_000)} s: take the backup when less comes, or stop the services for it`,
      )
    await delay(PAUSE_MS)
  }
}

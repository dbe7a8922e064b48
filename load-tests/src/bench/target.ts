/** What a load is put on: a node that judges, on either engine, in either topology. */

import type { Topology } from "@assay/engine"
import { type Log, lagOf } from "@assay/log"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import type { Process } from "./cpu.ts"
import type { Place, Send } from "./schedule.ts"
import type { Waits } from "./waits.ts"
import type { Message } from "./workload.ts"

export interface Target {
  readonly engine: Log["traits"]["engine"]
  readonly topology: Topology
  readonly via: "log" | "http"
  /** Of the node that takes messages, where a process of its own does. */
  readonly url?: string
  /** Of all processes that judge, where they are processes of their own. */
  readonly urls?: ReadonlyArray<string>
  /** Whose CPU is counted; the embedded engine shares its process with the generator. */
  readonly processes: ReadonlyArray<Process>
  readonly send: Send
  /** To read from; another one after each standing start. */
  readonly log: Log
  /** Tells each decision from now on. Once in a target's life. */
  watch(onDecided: (partition: number, offset: number, now: number) => void): Promise<void>
  /** How long its batches took since the last call, where it is known of each; left out where services say it of themselves. */
  batches?(): Readonly<Record<string, Waits>>
  /** Fills `submitted` while nobody judges; resolves when judging goes on, with when that was. */
  standing(fill: (send: Send) => Promise<void>): Promise<number>
  /**
   * Resolves when the groups have gone past all that is on `submitted` now, with when that was seen. A position says nothing of
   * whether a consumer sees the decisions yet: DecidedMessages does.
   */
  settled(): Promise<number>
  close(): Promise<void>
}

/** The consumer groups of a topology with what each reads, in the order of a message's way. */
export const groupsOf = (topology: Topology): ReadonlyArray<readonly [group: string, stream: string]> =>
  topology === "chained"
    ? [["chained", STREAMS.submitted]]
    : STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input])

/** Records of one append: what many devices send at once shares a batch, as at an ingress under load. */
const APPEND = 512

/** Appends as ingress does, in as many calls as there are partitions, 512 records each at most. */
export const sendToLog =
  (log: Log): Send =>
  async (messages) => {
    const places = new Array<Place>(messages.length)
    const one = async (partition: number): Promise<void> => {
      const numbers: Array<number> = []
      for (let n = 0; n < messages.length; n++) if (messages[n]!.partition === partition) numbers.push(n)
      for (let at = 0; at < numbers.length; at += APPEND) {
        const part = numbers.slice(at, at + APPEND)
        const { offset } = await log.append(
          { stream: STREAMS.submitted, partition },
          part.map((n) => messages[n]!.record),
        )
        part.forEach((n, nth) => {
          places[n] = { partition, offset: offset + nth }
        })
      }
    }
    await Promise.all(Array.from({ length: log.partitions }, (_, partition) => one(partition)))
    return places
  }

const POLL_MS = 20

/**
 * Waits until every group has gone past what was there for it: the first past the present end of `submitted`, each further one
 * past what the one before it had then passed on. Costs a question or two each 20 ms while it waits.
 */
export const untilSettled = async (log: Log, topology: Topology): Promise<number> => {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
  for (const [group, stream] of groupsOf(topology)) {
    const ends = await Promise.all(partitions.map(async (partition) => (await log.bounds({ stream, partition })).end))
    const passed = async (partition: number): Promise<boolean> => {
      const at = { stream, partition }
      // The end of a stage's stream is the marker of a transaction, behind which no position ever moves.
      if ((await log.position(group, at)) >= ends[partition]!) return true
      return stream !== STREAMS.submitted && (await lagOf(log, group, at)) === 0
    }
    while (!(await Promise.all(partitions.map(passed))).every(Boolean))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return performance.now()
}

/** Messages that fill a log go in chunks, so that none of them waits in memory twice. @returns their places, in order */
export const fillWith = async (send: Send, messages: ReadonlyArray<Message>): Promise<ReadonlyArray<Place>> => {
  const chunk = 8 * APPEND
  const places: Array<Place> = []
  for (let at = 0; at < messages.length; at += chunk)
    for (const place of await send(messages.slice(at, at + chunk))) places.push(place)
  return places
}

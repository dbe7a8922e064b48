/**
 * The floor: what is left of a run when nobody does any work. The same bytes go through the same hops by the same engine in
 * batches of the same size: each hop reads its input, and commits in one transaction as many records of the same content to
 * the same streams as the real pipeline did, changelog included. Nothing is parsed, verified, judged, encoded or remembered.
 */

import type { Topology } from "@assay/engine"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { STAGES } from "@assay/trust"
import { groupsOf } from "../target.ts"
import type { Written } from "../window.ts"

export interface FloorOutput {
  readonly stream: string
  /** Records written for one record read. */
  readonly ratio: number
  /** Where the real run's records of that stream begin, by partition: they are written again. */
  readonly from: ReadonlyArray<number>
}

export interface Hop {
  readonly group: string
  readonly input: string
  readonly outputs: ReadonlyArray<FloorOutput>
}

/** What one floor process gets, as JSON in its first argument. */
export interface FloorTask {
  readonly brokers: ReadonlyArray<string>
  /** Of the streams it works on. */
  readonly prefix: string
  /** Of those that the real run wrote. */
  readonly samples: string
  readonly hop: Hop
  /** Null: as many as the engine's default. */
  readonly batchRecords: number | null
  readonly zstd: boolean
}

const changelogOwner = (stream: string): string => stream.slice(0, stream.indexOf(".state."))

/**
 * @param entries how many records of `submitted` the real run judged
 * @param written what it wrote for them
 */
export const planFloor = (topology: Topology, entries: number, written: ReadonlyArray<Written>): ReadonlyArray<Hop> => {
  const outputOf = ({ stream, records, from }: Written): FloorOutput => ({ stream, ratio: records / entries, from })
  const some = written.filter(({ records }) => records > 0)
  const decided: ReadonlyArray<string> = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]
  return groupsOf(topology).map(([group, input], place) => {
    const next = topology === "chained" ? null : STAGE_STREAMS[STAGES[place]!].output
    const isFirst = place === 0
    const isLast = next === null
    // Only the decider tells audit events in number; rejected messages leave at the first stage.
    const belongs = (stream: string): boolean =>
      changelogOwner(stream) === group ||
      stream === next ||
      (isFirst && stream === STREAMS.rejected) ||
      (isLast && (decided.includes(stream) || stream === STREAMS.audit))
    const outputs = some.filter(({ stream }) => belongs(stream)).map(outputOf)
    // Each hop passes on what it reads, one for one: what the ratio counts is against what was submitted.
    return {
      group,
      input,
      outputs: outputs.map((output) => (output.stream === next ? { ...output, ratio: 1 } : output)),
    }
  })
}

/** How many records of a stream a batch writes: fractions are carried over, so that the sum is right. */
export class Portion {
  #owed = 0
  readonly #ratio: number
  constructor(ratio: number) {
    this.#ratio = ratio
  }

  of(records: number): number {
    this.#owed += records * this.#ratio
    const whole = Math.floor(this.#owed + 1e-9)
    this.#owed -= whole
    return whole
  }
}

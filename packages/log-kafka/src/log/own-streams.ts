/**
 * What this engine keeps on the brokers besides the streams that it is asked for: one topic for the cells of the port, with
 * its group and its transactional ids. Whoever makes topics or rights for a log makes these too.
 */
import type { StreamSpec } from "./streams-and-roles.ts"

/** A compacted topic, keyed by the cell's name. */
export const CELLS = "assay.cells.v1"
/** Cells are swapped under a transactional id for each partition, with a position in a group of their own. */
export const CELLS_GROUP = "cells"

/** One cell is one record: a body of knowledge has up to 16 MiB. */
const MAX_BATCH_BYTES = 17 << 20

export const OWN_STREAMS: ReadonlyArray<StreamSpec> = [
  { stream: CELLS, kind: "table", retentionMs: null, evidence: false, foreign: false, maxBatchBytes: MAX_BATCH_BYTES },
]

/** The names of streams, and of those that the engine adds; each once. */
export const withOwn = (streams: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set([...streams, ...OWN_STREAMS.map(({ stream }) => stream)]),
]

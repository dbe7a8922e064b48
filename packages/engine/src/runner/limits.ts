/** How much one batch takes, and with it one commit. Any split gives the same verdicts: this is about speed alone. */
import type { Traits } from "@assay/log"

/**
 * Records of a batch, by engine. A commit to the embedded log costs one sync of the disk; small batches keep latency low.
 * A commit to Kafka costs some five round trips, so more must share it; judging 2,048 messages takes near 100 ms on all
 * cores, and a transaction should not be open for much longer.
 */
const BATCH_RECORDS: Readonly<Record<Traits["engine"], number>> = { embedded: 512, kafka: 2_048 }

/** Bytes of a batch: what is read ahead is held in memory, some times over. */
export const BATCH_BYTES = 4 << 20

/** The default where the operator names none. */
export const batchRecordsOf = (traits: Traits): number => BATCH_RECORDS[traits.engine]

/**
 * Milliseconds between the commits of few records (`commit-pace.ts`). A commit to Kafka takes some 2 ms of the broker's CPU and 1 ms of
 * ours: without a pause, ten runners (five stages, two partitions) at 300 messages a second take more than two cores. With it
 * each hop adds half of this on average, and all of it at most.
 */
const LINGER_MS: Readonly<Record<Traits["engine"], number>> = { embedded: 0, kafka: 50 }

/** The default where the operator names none. */
export const lingerOf = (traits: Traits): number => LINGER_MS[traits.engine]

/** Reads the records of decisions that are taken back: many, in the order in which they lie. */
import type { Log, LogRecord } from "@assay/log"
import { decodeAssayed, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AssayedMessage, Relied } from "@assay/trust"
import type { Release } from "./collector.ts"

/** Records that are read together where those that are wanted lie close to each other. */
const RECORDS = 256
const BYTES = 4 << 20
/** Farther apart than this, the next one is read by itself. */
const NEAR = 32

/** One stream, read forward. */
class Forward {
  readonly #log: Pick<Log, "read">
  readonly #at: { readonly stream: string; readonly partition: number }
  #held: ReadonlyArray<LogRecord> = []
  #index = 0

  constructor(log: Pick<Log, "read">, stream: string, partition: number) {
    this.#log = log
    this.#at = { stream, partition }
  }

  /** @param ahead offset of the one that is wanted next, or null */
  async record(offset: number, ahead: number | null): Promise<LogRecord | null> {
    // What was released lies behind what came after it.
    if ((this.#held[this.#index]?.offset ?? 0) > offset) this.#held = []
    while (this.#index < this.#held.length && this.#held[this.#index]!.offset < offset) this.#index += 1
    if (this.#index >= this.#held.length) {
      const most = ahead !== null && ahead - offset <= NEAR ? RECORDS : 1
      this.#held = await this.#log.read(this.#at, offset, most, most === 1 ? 1 : BYTES)
      this.#index = 0
    }
    const found = this.#held[this.#index]
    return found?.offset === offset ? found : null
  }
}

/**
 * @param releases of one partition, ascending by origin
 * @returns by the origin's offset, those that are still kept
 */
export const readIssued = async (
  log: Pick<Log, "read">,
  partition: number,
  releases: ReadonlyArray<Release>,
): Promise<ReadonlyMap<number, AssayedMessage>> => {
  const found = new Map<number, AssayedMessage>()
  const outcomes: ReadonlyArray<Relied["outcome"]> = ["verified", "annotated"]
  for (const outcome of outcomes) {
    const wanted = releases.filter(({ issued }) => issued?.outcome === outcome)
    const reading = new Forward(log, STREAMS[outcome], partition)
    for (const [index, { origin, issued }] of wanted.entries()) {
      const record = await reading.record(issued!.at, wanted[index + 1]?.issued?.at ?? null)
      const message = record === null ? null : readable(() => decodeAssayed(record.value))
      if (message?.origin.offset === origin.offset && message.decision?.outcome === outcome)
        found.set(origin.offset, message)
    }
  }
  return found
}

/** Where messages came to lie on `submitted` that somebody else appended: MQTT tells a sender no more than that its broker has it. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Log } from "@assay/log"
import { decodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Place } from "./schedule.ts"

const RECORDS = 4_096
const BYTES = 8 << 20
const POLL_MS = 2
/** After so long without its message somebody has lost it. */
const LOST_MS = 60_000
/** The signature tells tokens apart. */
const SIGNATURE = 86

const nameOf = (token: Uint8Array): string => Buffer.from(token.subarray(-SIGNATURE)).toString("latin1")

export class SubmittedPlaces {
  /** Messages that lay there more than once. */
  repeated = 0
  /** Messages that never came. */
  lost = 0
  readonly #log: Log
  readonly #open = new Map<string, (place: Place) => void>()
  readonly #seen = new Set<string>()
  #stopped = false
  #reading: Promise<void> = Promise.resolve()

  private constructor(log: Log) {
    this.#log = log
  }

  /** Follows the stream from its present end on. */
  static async from(log: Log): Promise<SubmittedPlaces> {
    const places = new SubmittedPlaces(log)
    const next = await Promise.all(
      Array.from(
        { length: log.partitions },
        async (_, partition) => (await log.bounds({ stream: STREAMS.submitted, partition })).end,
      ),
    )
    places.#reading = places.#follow(next)
    return places
  }

  /** To be called before the message is sent. Rejects where it does not come within a minute. */
  expect(token: Uint8Array): Promise<Place> {
    const name = nameOf(token)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(name)
        this.lost += 1
        reject(new Error("a message that the broker acknowledged is not in the log after a minute: report this"))
      }, LOST_MS)
      this.#open.set(name, (place) => {
        clearTimeout(timer)
        resolve(place)
      })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#reading
  }

  async #follow(next: Array<number>): Promise<void> {
    while (!this.#stopped) {
      let read = 0
      for (let partition = 0; partition < next.length; partition++) {
        const records = await this.#log.read({ stream: STREAMS.submitted, partition }, next[partition]!, RECORDS, BYTES)
        for (const { value, offset } of records) this.#take(value, { partition, offset })
        if (records.length > 0) next[partition] = records.at(-1)!.offset + 1
        read += records.length
      }
      if (read === 0) await sleep(POLL_MS)
    }
  }

  #take(value: Uint8Array, place: Place): void {
    const { body } = decodeEntry(value)
    if (body.kind !== "submitted") return
    const name = nameOf(body.envelope.bytes)
    if (this.#seen.has(name)) {
      this.repeated += 1
      return
    }
    this.#seen.add(name)
    this.#open.get(name)?.(place)
    this.#open.delete(name)
  }
}

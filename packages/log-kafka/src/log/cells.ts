/**
 * Cells on Kafka: a compacted topic, keyed by the cell's name. What makes `swap` a compare-and-swap among processes is a
 * transactional id for each partition: who swaps holds it, has read the topic to its end, and is refused by the brokers if
 * another took it in between; then everything is looked at again.
 */

import type { Reader, TransactionalId } from "@assay/kafka-client"
import { type Cells, FencedError, type LogRecord, StorageError, sameCell, TakenOverError } from "@assay/log"
import { CELLS } from "./own-streams.ts"

/** Larger values stay on the broker; what is kept is where they lie. */
const KEPT_BYTES = 16 << 10
const BATCH_RECORDS = 256
const BATCH_BYTES = 8 << 20

export interface CellsOptions {
  readonly reader: (partition: number) => Reader
  readonly transactional: (partition: number) => TransactionalId
  /** Of the cells, with the prefix. */
  readonly topic: string
}

interface Cell {
  readonly offset: number
  readonly value: Uint8Array | null
}

/** The cells of one partition as of `next`. */
class View {
  readonly #reader: Reader
  readonly #cells = new Map<string, Cell>()
  #next = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Reads what came since the last time. */
  sync(): Promise<void> {
    const turn = this.#queue.then(async () => {
      for (;;) {
        const records = await this.#reader.read(this.#next, BATCH_RECORDS, BATCH_BYTES)
        if (records.length === 0) return
        for (const record of records) this.#note(record)
        this.#next = records.at(-1)!.offset + 1
      }
    })
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async get(name: string): Promise<Uint8Array | null> {
    const cell = this.#cells.get(name)
    if (cell === undefined) return null
    if (cell.value !== null) return cell.value
    const [record] = await this.#reader.read(cell.offset, 1, 1)
    if (record?.offset === cell.offset) return record.value.slice()
    // Overwritten and compacted away since: the new value stands further on.
    await this.sync()
    if (this.#cells.get(name)?.offset !== cell.offset) return this.get(name)
    throw new StorageError(
      `${CELLS}: the record of the cell ${JSON.stringify(name)} at offset ${cell.offset} is gone, and none follows it: somebody deleted records of a compacted topic. Restore it from a backup`,
    )
  }

  #note({ key, value, offset, absent }: LogRecord): void {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString("utf8")
    if (absent?.value === true) this.#cells.delete(name)
    else this.#cells.set(name, { offset, value: value.length > KEPT_BYTES ? null : value.slice() })
  }
}

export const kafkaCells = ({ reader, transactional, topic }: CellsOptions): Cells => {
  const views = new Map<number, View>()
  const turns = new Map<number, Promise<unknown>>()
  const viewOf = (partition: number): View => {
    const present = views.get(partition) ?? new View(reader(partition))
    views.set(partition, present)
    return present
  }

  const swapOnce = async (
    partition: number,
    name: string,
    expected: Uint8Array | null,
    value: Uint8Array,
  ): Promise<boolean> => {
    const holder = transactional(partition)
    for (;;) {
      const from = holder.position ?? (await holder.take())
      const view = viewOf(partition)
      await view.sync()
      if (!sameCell(await view.get(name), expected)) return false
      const outputs = [{ topic, records: [{ key: Buffer.from(name), value }] }]
      try {
        const [sent] = await holder.commit({ from, next: from + 1, outputs })
        if (sent !== undefined) reader(partition).wrote(sent.baseOffset + 1)
        return true
      } catch (cause) {
        if (!(cause instanceof TakenOverError) && !(cause instanceof FencedError)) throw cause
      }
    }
  }

  return {
    get: async (partition, name) => {
      const view = viewOf(partition)
      await view.sync()
      return view.get(name)
    },
    swap: (partition, name, expected, value) => {
      const turn = (turns.get(partition) ?? Promise.resolve()).then(() => swapOnce(partition, name, expected, value))
      turns.set(
        partition,
        turn.catch(() => undefined),
      )
      return turn
    },
  }
}

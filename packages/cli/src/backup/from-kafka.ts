/** Copies a log on Kafka into a data directory of the embedded engine: same offsets, same stamps, so that it is the same log. */
import { decodeProgress, PROGRESS_KEY } from "@assay/engine"
import { type Log, type LogRecord, recordsIn, type StreamPartition } from "@assay/log"
import { beginRebuild, PartitionRebuild } from "@assay/log/embedded"
import { CELLS, META_CELL } from "@assay/log-kafka"
import { ALL_STREAMS, changelogOf } from "@assay/streams"
import { CHAINED, STAGED } from "../judging-groups.ts"
import { type Cut, cutOf, type Extent, type GroupPosition } from "./cut.ts"

/** What is read, and written durably, at once. */
const RECORDS = 2_048
const BYTES = 8 << 20

async function* batchesOf(
  log: Log,
  at: StreamPartition,
  { start, end }: Extent,
): AsyncGenerator<ReadonlyArray<LogRecord>> {
  for (let next = start; next < end; ) {
    const records = (await log.read(at, next, RECORDS, BYTES)).filter(({ offset }) => offset < end)
    if (records.length === 0) return
    yield records
    next = records.at(-1)!.offset + 1
  }
}

/** The changelogs, each with the group that writes it and what that group reads. */
const CHANGELOGS = new Map([...STAGED, CHAINED].map(({ name, input }) => [changelogOf(name), { group: name, input }]))

const OTHERS: ReadonlyArray<string> = ALL_STREAMS.filter((stream) => !CHANGELOGS.has(stream))

/** As of the cut. What says what the log is stands in `assay.json` of a data directory. */
const cellsOf = async (
  log: Log,
  partition: number,
  { start, end }: Extent,
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const cells = new Map<string, Uint8Array>()
  for await (const { key, value, absent } of recordsIn(log, CELLS, partition, start, end)) {
    const name = Buffer.from(key).toString("utf8")
    if (absent?.value === true) cells.delete(name)
    else cells.set(name, value.slice())
  }
  cells.delete(META_CELL)
  return cells
}

/** The partition of one log on its way into a directory. */
class PartitionCopy {
  readonly #log: Log
  readonly #partition: number
  readonly #rebuild: PartitionRebuild
  /** Of groups that judge, as their changelogs say it. */
  readonly #judged = new Map<string, GroupPosition>()

  constructor(log: Log, partition: number, rebuild: PartitionRebuild) {
    this.#log = log
    this.#partition = partition
    this.#rebuild = rebuild
  }

  /**
   * All of the changelogs that there is now. Brokers compact: what is read after the cut may have been overwritten behind it, and be gone.
   * What is read before it is overwritten by what is still to be read.
   */
  async before(): Promise<void> {
    for (const stream of CHANGELOGS.keys())
      await this.#stream(stream, await this.#log.bounds({ stream, partition: this.#partition }))
  }

  async upTo(cut: Cut): Promise<void> {
    const cells = await cellsOf(this.#log, this.#partition, cut.extents.get(CELLS)!)
    for (const stream of CHANGELOGS.keys()) await this.#stream(stream, cut.extents.get(stream)!)
    const positions = new Map<string, GroupPosition>(cut.positions.map((one) => [nameOf(one), one]))
    // Written with the states, so they belong to them, also where the brokers show an older one.
    for (const [name, one] of this.#judged) positions.set(name, one)
    for (const stream of OTHERS) {
      const extent = cut.extents.get(stream)!
      // A stream of which retention took all ends where its readers are: markers of commits may lie behind.
      const read = [...positions.values()].filter((one) => one.stream === stream).map(({ next }) => next)
      const end = await this.#stream(stream, extent, read.length > 0 ? Math.max(...read) : extent.end)
      const ahead = [...positions.values()].find((one) => one.stream === stream && one.next > end)
      if (ahead !== undefined)
        throw new Error(
          `${ahead.group} is at ${ahead.next} of ${stream}/${this.#partition}, of which records are kept up to ${end} only: find out who deleted them`,
        )
    }
    await this.#rebuild.finish({ positions: [...positions.values()], cells })
  }

  /** @param empty where it ends if it holds no record @returns where it ends */
  #stream(stream: string, extent: Extent, empty = extent.end): Promise<number> {
    const from = Math.max(extent.start, this.#rebuild.endOf(stream))
    return this.#rebuild.stream(
      stream,
      { start: extent.start, end: empty },
      this.#batches(stream, { ...extent, start: from }),
    )
  }

  async *#batches(stream: string, extent: Extent): AsyncGenerator<ReadonlyArray<LogRecord>> {
    const judging = CHANGELOGS.get(stream)
    for await (const batch of batchesOf(this.#log, { stream, partition: this.#partition }, extent)) {
      if (judging !== undefined)
        for (const { key, value } of batch) {
          if (Buffer.from(key).toString("utf8") !== PROGRESS_KEY) continue
          const one = { group: judging.group, stream: judging.input, next: decodeProgress(value).next }
          this.#judged.set(nameOf(one), one)
        }
      yield batch
    }
  }
}

const nameOf = ({ group, stream }: GroupPosition): string => `${group} ${stream}`

/**
 * Beside the services, which go on. Positions of sinks, and headers of records, are not copied: an embedded log has no headers.
 * @param target is made, and must not hold a log
 * @throws Error where a partition is never at rest; UnavailableError, DataDirError
 */
export const copyFromKafka = async (
  log: Log,
  target: string,
  onProgress: (partition: number) => void,
): Promise<void> => {
  const { partitions, epoch, genesis } = log
  beginRebuild(target, { partitions, epoch, genesis })
  for (let partition = 0; partition < partitions; partition++) {
    onProgress(partition)
    const rebuild = PartitionRebuild.open(target, partition)
    try {
      const copy = new PartitionCopy(log, partition, rebuild)
      await copy.before()
      await copy.upTo(await cutOf(log, partition))
    } finally {
      await rebuild.close()
    }
  }
}

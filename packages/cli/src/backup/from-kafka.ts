/** Copies a log on Kafka into a data directory of the embedded engine: same offsets, same stamps, so that it is the same log. */
import { decodeProgress, PROGRESS_KEY } from "@assay/engine"
import type { Log, LogRecord, StreamPartition } from "@assay/log"
import { beginRebuild, PartitionRebuild } from "@assay/log/embedded"
import { CELLS, META_CELL } from "@assay/log-kafka"
import { ALL_STREAMS, changelogOf, STAGE_STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { type Cut, cutOf, type Extent, type GroupPosition } from "./cut.ts"

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

/** The groups that judge, with the changelog and the input of each. */
const JUDGING: ReadonlyArray<{ readonly group: string; readonly input: string }> = [
  ...STAGES.map((stage) => ({ group: SERVICE_NAMES[stage], input: STAGE_STREAMS[stage].input })),
  { group: "chained", input: STAGE_STREAMS[STAGES[0]].input },
]
const CHANGELOGS = new Map(JUDGING.map(({ group, input }) => [changelogOf(group), { group, input }]))

/** Changelogs first: whatever brokers compact of them while they are read was overwritten after the cut. */
const IN_ORDER: ReadonlyArray<string> = [
  ...CHANGELOGS.keys(),
  ...ALL_STREAMS.filter((stream) => !CHANGELOGS.has(stream)),
]

/** As of the cut. What says what the log is stands in `assay.json` of a data directory. */
const cellsOf = async (log: Log, partition: number, extent: Extent): Promise<ReadonlyMap<string, Uint8Array>> => {
  const cells = new Map<string, Uint8Array>()
  for await (const batch of batchesOf(log, { stream: CELLS, partition }, extent))
    for (const { key, value, absent } of batch) {
      const name = Buffer.from(key).toString("utf8")
      if (absent?.value === true) cells.delete(name)
      else cells.set(name, value.slice())
    }
  cells.delete(META_CELL)
  return cells
}

const copyPartition = async (log: Log, partition: number, cut: Cut, rebuild: PartitionRebuild): Promise<void> => {
  const cells = await cellsOf(log, partition, cut.extents.get(CELLS)!)
  const positions = new Map<string, GroupPosition>(cut.positions.map((one) => [`${one.group} ${one.stream}`, one]))
  const ends = new Map<string, number>()
  for (const stream of IN_ORDER) {
    const extent = cut.extents.get(stream)!
    const judging = CHANGELOGS.get(stream)
    const copied = async function* (): AsyncGenerator<ReadonlyArray<LogRecord>> {
      for await (const batch of batchesOf(log, { stream, partition }, extent)) {
        // Written with the states, so it is the position that belongs to them, also where the brokers show an older one.
        for (const { key, value } of judging === undefined ? [] : batch)
          if (Buffer.from(key).toString("utf8") === PROGRESS_KEY)
            positions.set(`${judging!.group} ${judging!.input}`, {
              group: judging!.group,
              stream: judging!.input,
              next: decodeProgress(value).next,
            })
        yield batch
      }
    }
    // A stream of which retention took all ends where its readers are: markers of commits may lie behind.
    const read = [...positions.values()].filter((one) => one.stream === stream).map(({ next }) => next)
    const end = read.length > 0 ? Math.max(...read) : extent.end
    ends.set(stream, await rebuild.stream(stream, { start: extent.start, end }, copied()))
  }
  for (const { group, stream, next } of positions.values())
    if (next > ends.get(stream)!)
      throw new Error(
        `${group} is at ${next} of ${stream}/${partition}, of which records are kept up to ${ends.get(stream)} only: find out who deleted them`,
      )
  await rebuild.finish({ positions: [...positions.values()], cells })
}

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
    const cut = await cutOf(log, partition)
    const rebuild = PartitionRebuild.open(target, partition)
    try {
      await copyPartition(log, partition, cut, rebuild)
    } finally {
      await rebuild.close()
    }
  }
}

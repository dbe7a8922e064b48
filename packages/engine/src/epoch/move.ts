/**
 * Moves what a partition knows into a partition of the next epoch: the states of the devices whose home it is, and all that the
 * partition knows as a whole (breaker, hardware, knowledge in force, operators' sequence numbers). The number of partitions is
 * a multiple of the former one, so each has exactly one that it goes on from: `murmur2 mod N = (murmur2 mod kN) mod N`.
 */
import { type Log, type NewRecord, partitionOf } from "@assay/log"
import { changelogOf } from "@assay/streams"
import { type AnyStage, signerOf } from "@assay/trust"
import { groupOf, inputOf } from "../runner/options.ts"
import { decodeRow, encodeRow, RUNNER_KEY } from "../state/changelog.ts"
import { encodeProgress, PROGRESS_KEY } from "../state/progress.ts"
import { restoreTable } from "../state/restore.ts"
import { type Row, StateTable } from "../state/table.ts"

/** Where one partition of the next epoch comes from. */
export const parentOf = (partition: number, former: Pick<Log, "partitions">): number => partition % former.partitions

const ITEM_KEY = /^k\/[^/]+\/(.+)$/s

/** The device whose partition a row belongs to; null where every partition that goes on has it. */
const subjectOf = (key: string): string | null => {
  if (key.startsWith("did:")) return key
  const [, subject] = ITEM_KEY.exec(key) ?? []
  return subject?.startsWith("did:") ? subject : null
}

/** Whether the row of this key is the partition's in a log of so many. */
export const isHomeOf = (key: string, partition: number, partitions: number): boolean => {
  const subject = subjectOf(key)
  return subject === null || partitionOf(Buffer.from(signerOf(subject)), partitions) === partition
}

/** The states as the next epoch goes on with them. */
const rowInNextEpoch = (stages: ReadonlyArray<AnyStage>, key: string, row: Row): Row => {
  if (!key.startsWith("did:")) return row
  const slots = row.slots.map((state, slot) =>
    state === undefined ? undefined : (stages[slot]!.inNextEpoch?.(state) ?? state),
  )
  return { ...row, slots }
}

/** What a runner of the next epoch begins with. */
export interface Seed {
  readonly table: StateTable
  readonly runner: Uint8Array | null
  /** The highest time so far, milliseconds since 1970. */
  readonly lastTime: number
}

/** The part of a partition's final state that a partition of the next epoch goes on from. */
export function* rowsFor(
  { table }: Pick<Seed, "table">,
  stages: ReadonlyArray<AnyStage>,
  partition: number,
  partitions: number,
): Generator<readonly [key: string, value: Uint8Array]> {
  for (const key of table.keys()) {
    const row = table.rowOf(key)
    if (row !== undefined && isHomeOf(key, partition, partitions))
      yield [key, encodeRow(stages, key, rowInNextEpoch(stages, key, row))]
  }
}

/** The same as a table, for a replay. */
export const seedFor = (final: Seed, stages: ReadonlyArray<AnyStage>, partition: number, partitions: number): Seed => {
  const table = new StateTable(stages)
  for (const [key, value] of rowsFor(final, stages, partition, partitions))
    table.restore(key, decodeRow(stages, key, value.slice()))
  table.restored()
  return { table, runner: final.runner, lastTime: final.lastTime }
}

/** The final state of a group on a partition, as its changelog has it. @throws DamagedStateError */
export const finalState = async (
  log: Log,
  stages: ReadonlyArray<AnyStage>,
  partition: number,
): Promise<Seed & { readonly next: number }> => {
  const changelog = changelogOf(groupOf(stages))
  const restored = await restoreTable({ log, stages, changelog, partition, position: 0 })
  const { table, runner, progress } = restored
  return { table, runner, lastTime: progress?.lastTime ?? 0, next: progress?.next ?? 0 }
}

/** Records, and about so many bytes, that one commit takes. */
const CHUNK_RECORDS = 2_000
const CHUNK_BYTES = 4 << 20

/**
 * Writes the states that a group goes on from into the changelog of the next epoch. May be repeated, from its beginning: the former
 * log does not change any more, and the last record of a key counts. Do not let a runner on the partition before it resolved.
 * @returns devices and other keys that were moved
 */
export const moveStates = async (
  from: Log,
  to: Log,
  stages: ReadonlyArray<AnyStage>,
  partition: number,
): Promise<number> => {
  const group = groupOf(stages)
  const { stream } = inputOf({ log: to, stages, partition, roots: { roots: [], threshold: 1 } })
  const changelog = changelogOf(group)
  const final = await finalState(from, stages, parentOf(partition, from))
  await to.take(group, { stream, partition })
  let records: Array<NewRecord> = []
  let bytes = 0
  let moved = 0
  const flush = async (): Promise<void> => {
    const outputs = [{ stream: changelog, records }]
    await to.commit(partition, { group, stream, from: 0, next: 0, outputs })
    records = []
    bytes = 0
  }
  for (const [key, value] of rowsFor(final, stages, partition, to.partitions)) {
    records.push({ key: Buffer.from(key), value: value.slice() })
    bytes += value.length
    moved++
    if (records.length === CHUNK_RECORDS || bytes >= CHUNK_BYTES) await flush()
  }
  if (final.runner !== null) records.push({ key: Buffer.from(RUNNER_KEY), value: final.runner })
  records.push({ key: Buffer.from(PROGRESS_KEY), value: encodeProgress({ next: 0, lastTime: final.lastTime }) })
  await flush()
  return moved
}

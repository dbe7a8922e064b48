/**
 * The file of a local snapshot: what a changelog came to at one of its offsets, so that a restore need only read on from there.
 * It is a convenience: nothing is lost with it, and whatever is doubtful about one means that the changelog is read instead.
 *
 * Layout: `"ASSAYSNP" | u32 BE version (1) | u32 BE length | header (JSON)`, then for each record of the changelog
 * `u32 BE key length | u32 BE value length | key | value`, then `u32 BE 0xffffffff | SHA-256 of all before it`.
 *
 * The picture is fuzzy, like a checkpoint of a database: rows are as of some commit at or after `offset`, not all of the same.
 * That does no harm, for a changelog record is the whole row: every row that changed after `offset` comes again there, and
 * a reader who goes through the changelog to its end leaves nothing of the fuzziness.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { AnyStage } from "@assay/trust"

/** What a snapshot belongs to: any difference makes it another one's. */
export interface SnapshotIdentity {
  readonly epoch: number
  readonly genesis: number
  readonly partitions: number
  readonly partition: number
  readonly group: string
  readonly input: string
  readonly changelog: string
  /** Name and logic versions of each stage (`identity@1+2`): a state of other code is not worth the doubt. */
  readonly stages: ReadonlyArray<string>
}

export interface SnapshotHeader extends SnapshotIdentity {
  /** Everything in the changelog below it is contained. */
  readonly offset: number
  /** When it was begun, by this machine's clock (ms). */
  readonly takenAt: number
}

export interface SnapshotOptions {
  /** On a local disk that only this service can write to: whoever can, can change what it knows of devices. */
  readonly dir: string
  /** Takes one so long after the last (default 300,000). */
  readonly everyMs?: number
  /** Takes one after so many batches, if that comes first. */
  readonly everyBatches?: number
  /** Takes one when the runner stops, where that can be done in 5 s (default true). */
  readonly atStop?: boolean
  /**
   * An older one is not used (default 23 h). It must be less than `delete.retention.ms` of the changelog (24 h by default): when
   * a cluster has forgotten that a key is gone, only a full restore does not bring it back.
   */
  readonly maxAgeMs?: number
  /** What became of snapshots; must not throw. */
  readonly onEvent?: (event: SnapshotEvent) => void
}

/** The snapshots of one runner. */
export interface LocalSnapshots {
  readonly options: SnapshotOptions
  readonly identity: SnapshotIdentity
}

export type SnapshotEvent =
  | {
      readonly kind: "written"
      readonly file: string
      readonly rows: number
      readonly bytes: number
      readonly ms: number
    }
  | { readonly kind: "failed"; readonly file: string; readonly cause: unknown }
  /** A restore began from it, `offset` on. */
  | { readonly kind: "used"; readonly file: string; readonly rows: number; readonly offset: number }
  /** There was one, and the whole changelog is read all the same. */
  | { readonly kind: "refused"; readonly file: string; readonly why: string }

export const MAGIC = Buffer.from("ASSAYSNP")
export const VERSION = 1
/** Magic, version and the length of the header. */
export const LEAD_BYTES = MAGIC.length + 8
export const END = 0xffffffff
export const HASH_BYTES = 32
/** Nothing that Assay writes is larger; a length above it means that the file is none of ours. */
export const MAX_BYTES = 64 << 20

export const stageIds = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<string> =>
  stages.map(({ name, logic }) => `${name}@${[...logic.keys()].join("+")}`)

/** One file for each group and partition; makes the directory. */
export const snapshotFile = (dir: string, { group, partition }: SnapshotIdentity): string => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return join(dir, `${encodeURIComponent(group)}-p${String(partition).padStart(3, "0")}.snapshot`)
}

export const encodeLead = (header: SnapshotHeader): Uint8Array => {
  const text = Buffer.from(JSON.stringify(header))
  const lead = Buffer.alloc(LEAD_BYTES)
  lead.set(MAGIC)
  lead.writeUInt32BE(VERSION, MAGIC.length)
  lead.writeUInt32BE(text.length, MAGIC.length + 4)
  return Buffer.concat([lead, text])
}

export const encodeRecord = (key: Uint8Array, value: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(8 + key.length + value.length)
  bytes.writeUInt32BE(key.length, 0)
  bytes.writeUInt32BE(value.length, 4)
  bytes.set(key, 8)
  bytes.set(value, 8 + key.length)
  return bytes
}

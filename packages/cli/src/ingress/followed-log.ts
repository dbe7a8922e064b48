/** The log that an adapter follows beside what it brings in, and where its position there is kept. */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Checkpoint, groupCheckpoint } from "@assay/consumer"
import { filePositions, openState } from "@assay/egress"
import type { Log } from "@assay/log"
import { openLog } from "@assay/node/log"
import { type Arguments, UsageError } from "../command.ts"

export interface FollowedLog {
  readonly log: Log
  /** Null: this process has all partitions to itself. */
  readonly group: string | null
  readonly checkpoint: Checkpoint
}

export interface FollowedLogOptions {
  /** That of the adapter on Kafka; null: a node has it. */
  readonly shared: Log | null
  /** What needs it. */
  readonly setting: string
  /** Of all instances. A principal's rights on the brokers are to groups that begin with its role. */
  readonly group: string
  /** The directory that its position is kept in, where a node has the log. */
  readonly place: string
  /** Gets what closes what is opened, as soon as it is open. */
  readonly closing: Array<() => Promise<void>>
}

/** The data directory of the node beside. @param missing what to say where none is named. @throws UsageError */
export const dataBeside = (given: Arguments, missing: string): string => {
  const dir = given.text("data")
  if (dir === null || !existsSync(join(dir, "assay.json"))) throw new UsageError(missing)
  return dir
}

/** @throws UsageError, DataDirError */
export const openFollowedLog = async (given: Arguments, options: FollowedLogOptions): Promise<FollowedLog> => {
  const { shared, setting, group, place, closing } = options
  if (shared !== null) return { log: shared, group, checkpoint: groupCheckpoint(shared, group) }
  const missing = `${setting} is set, and what it sends is read from the log beside the node: name its data directory with --data DIR`
  const log = await openLog({ kafka: null }, dataBeside(given, missing), { readOnly: true })
  closing.push(() => log.close())
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const state = openState(place)
  closing.push(async () => state.release())
  return { log, group: null, checkpoint: await filePositions(state.positions, log) }
}

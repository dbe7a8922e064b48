/**
 * Writes a log that another engine keeps as a data directory: every record under the offset and the stamp that it has there, positions
 * and cells. What was said by origin stays true, so the copy verifies, replays and runs as the log itself.
 */
import { mkdirSync } from "node:fs"
import type { LogRecord } from "../port.ts"
import { createMeta, FORMAT, type Meta, partitionDir } from "./datadir.ts"
import { Environment, type Extent, encodeExtent, encodeOffset } from "./environment.ts"
import { encodeFramesAt } from "./frame.ts"
import { positionName } from "./plan.ts"

/** Makes the directory of a log; then each partition is written. @throws DataDirError where it holds one */
export const beginRebuild = (dir: string, shape: Omit<Meta, "format">): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  createMeta(dir, { format: FORMAT, ...shape })
}

export interface Rebuilt {
  readonly positions: ReadonlyArray<{ readonly group: string; readonly stream: string; readonly next: number }>
  readonly cells: ReadonlyMap<string, Uint8Array>
}

export class PartitionRebuild {
  readonly #environment: Environment
  readonly #extents = new Map<string, Extent>()

  private constructor(environment: Environment) {
    this.#environment = environment
  }

  static open(dir: string, partition: number): PartitionRebuild {
    return new PartitionRebuild(new Environment(partitionDir(dir, partition), "write"))
  }

  /**
   * One stream, from its first kept record to its last. Called again it goes on behind what it has.
   * @param start the first kept offset
   * @param end where the stream ends if it holds no record; else it ends behind the last
   * @param batches in order; offsets rise, and may have gaps
   * @returns where the stream ends
   */
  async stream(
    name: string,
    { start, end }: { readonly start: number; readonly end: number },
    batches: AsyncIterable<ReadonlyArray<LogRecord>>,
  ): Promise<number> {
    const before = this.#extents.get(name)
    const isEmpty = before === undefined || before.start === before.end
    const first = isEmpty ? start : before.start
    const id = before?.id ?? this.#extents.size
    let [next, time] = [isEmpty ? start : before.end, before?.time ?? 0]
    for await (const batch of batches) {
      const frames = encodeFramesAt(next, batch)
      await this.#environment.write({
        frames: frames.map(({ base, bytes }) => ({ id, base, bytes })),
        removals: [],
        rows: [],
      })
      next = frames.at(-1)?.end ?? next
      time = batch.at(-1)?.time ?? time
    }
    const extent = next === first ? { id, start: end, end, time } : { id, start: first, end: next, time }
    this.#extents.set(name, extent)
    return extent.end
  }

  /** Where a stream ends so far; 0 before it was begun. */
  endOf(name: string): number {
    const extent = this.#extents.get(name)
    return extent === undefined || extent.start === extent.end ? 0 : extent.end
  }

  /** The last thing that is written: before, the partition is empty. */
  async finish({ positions, cells }: Rebuilt): Promise<void> {
    const rows: Array<readonly [string, Uint8Array]> = []
    for (const [name, extent] of this.#extents) rows.push([`e${name}`, encodeExtent(extent)])
    for (const { group, stream, next } of positions) rows.push([`g${positionName(group, stream)}`, encodeOffset(next)])
    for (const [name, value] of cells) rows.push([`c${name}`, value])
    await this.#environment.write({ frames: [], removals: [], rows })
  }

  close(): Promise<void> {
    return this.#environment.close()
  }
}

/** Whether the disk holds what the hours write: nothing is deleted before the sealed log was verified as a whole. */
import { mkdirSync, statfsSync } from "node:fs"
import { readMeasured } from "@assay/cli/capacity"
import { UsageError } from "@assay/cli/command"
import { modelledOf } from "../capacity/costs.ts"

const GB = 1e9
/** Beside what the model of `assay capacity` counts: the sealed log, indexes of segments, what faults make come twice. */
const BESIDE = 1.5

interface Planned {
  readonly dir: string
  readonly minutes: number
  readonly perSecond: number
  readonly devices: number
  readonly partitions: number
}

/** Bytes that such a run writes, about. */
export const bytesOf = ({ minutes, perSecond, devices, partitions }: Omit<Planned, "dir">): number => {
  const { disk } = modelledOf(readMeasured(null), {
    devices,
    rate: perSecond / devices,
    topology: "chained",
    partitions,
  })
  return disk * minutes * 60 * BESIDE
}

/** @throws UsageError that says how much it takes, and what to change */
export const requireRoom = (planned: Planned, free = freeOf(planned.dir)): void => {
  const needed = bytesOf(planned)
  if (needed <= free) return
  throw new UsageError(
    `${planned.minutes} minutes at ${planned.perSecond} messages a second write some ${(needed / GB).toFixed(1)} GB, and ${planned.dir} has ${(free / GB).toFixed(1)} GB free: name a directory on a larger disk with --dir, or take fewer --minutes or a lower --rate`,
  )
}

const freeOf = (dir: string): number => {
  mkdirSync(dir, { recursive: true })
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

/** What is simulated: an input file, checked, with costs that were measured and limits that are the code's own. */
import { readFileSync } from "node:fs"
import type { Topology } from "@assay/cli/capacity"
import { UsageError } from "@assay/cli/command"

export interface World {
  readonly seed: string
  readonly topology: Topology
  /** Devices by region. */
  readonly regions: Readonly<Record<string, number>>
  readonly secondsBetweenMessages: number
  /** The share of each resource that is used at the mean rate. */
  readonly use: number
  readonly replicas: number
  /** Of one process's machine: how many partitions go with it when it is lost. */
  readonly instanceCores: number
  readonly commitSeconds: number
  readonly sessionSeconds: number
  readonly restoreSecondsPerDevice: number
  readonly sweepSecondsPerDevice: number
  /** `ASSAY_MAX_BACKLOG` as seconds of the mean rate. */
  readonly maxBacklogSeconds: number
  readonly retry: { readonly firstSeconds: number; readonly mostSeconds: number }
  readonly outage: { readonly seconds: number; readonly keptMessages: number; readonly withinSeconds: number }
  readonly quarantines: {
    readonly share: number
    readonly withinSeconds: number
    /** CPU of an operator's command in each stage. */
    readonly commandSeconds: number
    readonly commandsPerSecond: number
  }
  readonly revocation: {
    readonly affected: number
    readonly decisions: number
    /** Of what is left free, the part that deriving again may take. */
    readonly spareShare: number
  }
}

const NUMBERS = [
  ...["secondsBetweenMessages", "use", "replicas", "instanceCores", "commitSeconds", "sessionSeconds"],
  ...["restoreSecondsPerDevice", "sweepSecondsPerDevice", "maxBacklogSeconds"],
  ...["retry.firstSeconds", "retry.mostSeconds", "outage.seconds", "outage.keptMessages", "outage.withinSeconds"],
  ...["quarantines.share", "quarantines.withinSeconds", "quarantines.commandSeconds", "quarantines.commandsPerSecond"],
  ...["revocation.affected", "revocation.decisions", "revocation.spareShare"],
]
const SHARES = ["use", "quarantines.share", "revocation.affected", "revocation.spareShare"]

const memberOf = (of: unknown, path: string): unknown => {
  let value: unknown = of
  for (const member of path.split("."))
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : undefined
  return value
}

/** @throws UsageError that names the member */
export const worldOf = (found: unknown, file: string): World => {
  const isAbove = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value > 0
  for (const path of NUMBERS)
    if (!isAbove(memberOf(found, path))) throw new UsageError(`${file}: ${path} is no number above 0`)
  for (const path of SHARES)
    if ((memberOf(found, path) as number) > 1) throw new UsageError(`${file}: ${path} is a share, at most 1`)
  const { topology, seed, regions } = found as World
  if (topology !== "staged" && topology !== "chained")
    throw new UsageError(`${file}: topology is "staged" or "chained"`)
  if (typeof seed !== "string") throw new UsageError(`${file}: seed is no text`)
  const names = typeof regions === "object" && regions !== null ? Object.entries(regions) : []
  if (names.length === 0) throw new UsageError(`${file}: regions names no region`)
  for (const [name, devices] of names)
    if (!isAbove(devices)) throw new UsageError(`${file}: regions.${name} is no number above 0`)
  return found as World
}

/** @throws UsageError */
export const readWorld = (file: string): World => {
  let found: unknown
  try {
    found = JSON.parse(readFileSync(file, "utf8"))
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  return worldOf(found, file)
}

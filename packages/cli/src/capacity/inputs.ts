/** What the model rests on: measured costs and list prices, each a file that its user may replace by one of the same form. */
import { fileURLToPath } from "node:url"
import { UsageError } from "../command.ts"
import { readInput } from "../files.ts"

export type Topology = "chained" | "staged"

/** With each figure the command that measured it stands in the file; the model reads the figures alone. */
export interface Measured {
  /** Microseconds of CPU for a message. */
  readonly cpu: Readonly<
    Record<Topology, { readonly stages: Readonly<Record<string, number>>; readonly broker: number }>
  >
  /** Bytes for a message, of one replica. */
  readonly disk: Readonly<Record<"submitted" | "stages" | "outputs" | "evidence" | "changelog", number>>
  /** Bytes for a device: memory of the process that judges it, and its rows in the changelogs. */
  readonly device: { readonly memory: number; readonly rows: number }
  readonly redis: { readonly device: number }
}

export interface Prices {
  readonly provider: string
  readonly region: string
  /** Year and month. */
  readonly asOf: string
  readonly currency: string
  readonly machine: {
    readonly name: string
    readonly cores: number
    readonly memoryGiB: number
    /** What it keeps up, in and out together. */
    readonly networkGbit: number
    /** As much as a broker shall have: a choice, so that one that is lost can be filled again within a day or so. */
    readonly diskGiB: number
    readonly perHour: number
  }
  readonly diskGiBMonth: number
  /** Of a GiB that goes from one zone to another, both directions together. */
  readonly betweenZonesGiB: number
}

const OURS = fileURLToPath(new URL("../../capacity/", import.meta.url))
const PROVIDERS = ["aws", "gcp", "azure"]

const objectIn = (path: string, what: string): unknown => {
  try {
    return JSON.parse(readInput(path, what).toString("utf8"))
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${path} (${what}) is not JSON: take packages/cli/capacity as the example`)
  }
}

/** @throws UsageError that names the member: a number of 0 or more, above 0 where 0 would divide */
const numberAt = (of: unknown, members: string, path: string, above = false): void => {
  let value: unknown = of
  for (const member of members.split("."))
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : undefined
  if (typeof value === "number" && Number.isFinite(value) && (above ? value > 0 : value >= 0)) return
  throw new UsageError(`${path}: ${members} is no number ${above ? "above 0" : "of 0 or more"}`)
}

/** @param path null: the figures of this repository @throws UsageError */
export const readMeasured = (path: string | null): Measured => {
  const file = path ?? `${OURS}measured.json`
  const found = objectIn(file, "the measured costs")
  for (const topology of ["chained", "staged"]) {
    numberAt(found, `cpu.${topology}.broker`, file)
    const stages = (found as Measured).cpu[topology as Topology].stages
    const names = typeof stages === "object" && stages !== null ? Object.keys(stages) : []
    if (names.length === 0) throw new UsageError(`${file}: cpu.${topology}.stages names no stage`)
    for (const name of names) numberAt(found, `cpu.${topology}.stages.${name}`, file, true)
  }
  for (const part of ["submitted", "stages", "outputs", "evidence", "changelog"]) numberAt(found, `disk.${part}`, file)
  for (const part of ["device.memory", "device.rows", "redis.device"]) numberAt(found, part, file)
  return found as Measured
}

const readPrice = (path: string): Prices => {
  const found = objectIn(path, "the prices")
  for (const part of ["machine.cores", "machine.memoryGiB", "machine.networkGbit", "machine.diskGiB"])
    numberAt(found, part, path, true)
  for (const part of ["machine.perHour", "diskGiBMonth", "betweenZonesGiB"]) numberAt(found, part, path)
  for (const part of ["provider", "region", "asOf", "currency"] as const)
    if (typeof (found as Prices)[part] !== "string") throw new UsageError(`${path}: ${part} is no text`)
  return found as Prices
}

/** @param paths with commas between them; null: those of this repository @throws UsageError */
export const readPrices = (paths: string | null): ReadonlyArray<Prices> =>
  (paths?.split(",") ?? PROVIDERS.map((name) => `${OURS}${name}.json`)).map(readPrice)

/** What the model rests on: measured costs and list prices, each a file that its user may replace by one of the same form. */
import { fileURLToPath } from "node:url"
import { UsageError } from "../command.ts"
import { readInput } from "../files.ts"

export type Topology = "chained" | "staged"

/**
 * What something costs: for a message, for a commit that messages cause (of one partition, in all services together), and for a
 * second whatever comes, with the commits of ticks (of a process where it is CPU, of a partition where it is bytes; CPU may have a part
 * of partitions beside).
 */
export interface Linear {
  readonly message: number
  readonly commit: number
  readonly idle: number
  /** CPU alone: for a second and partition, whatever comes: ticks, and those who wait for records and ask again. Left out: 0. */
  readonly partition?: number
  /** CPU alone: of commits that hold more than those that the other costs were measured with. Left out: every message is `message`. */
  readonly more?: More
}

/** A message that shares its commit with many others costs less than one of a few: code and caches are warm from the others. */
export interface More {
  /** So many messages of a commit cost `message` of the cost; those beyond, `message` of this. */
  readonly beyond: number
  readonly message: number
}

export const DISK_PARTS = ["submitted", "stages", "outputs", "evidence", "changelog"] as const
export type DiskPart = (typeof DISK_PARTS)[number]

export interface Costs {
  /** Microseconds of CPU. */
  readonly services: Readonly<Record<string, Linear>>
  readonly broker: Linear
  /** Bytes of one replica. */
  readonly disk: Readonly<Record<DiskPart, Linear>>
  /** Bytes between the brokers and all that is no broker, both ways; to and from `submitted` left out, which are twice its disk. */
  readonly network: Linear
}

/** With the figures the command that measured them stands in the file; the model reads the figures alone. */
export interface Measured extends Readonly<Record<Topology, Costs>> {
  /** Bytes for a device: memory of the process that judges it, and its rows in the changelogs; `base` once for all of them. */
  readonly device: { readonly memory: number; readonly base: number; readonly rows: number }
  /** Bytes of a process that judges nobody. */
  readonly process: { readonly memory: number }
  readonly redis: { readonly device: number }
}

export interface Prices {
  readonly provider: string
  readonly region: string
  /** Year and month of the list; "unknown" where the figures are an estimate. */
  readonly asOf: string
  /** Where the figures are from, for people. */
  readonly source?: string
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

const memberOf = (of: unknown, members: string): unknown => {
  let value: unknown = of
  for (const member of members.split("."))
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : undefined
  return value
}

const isGiven = (of: unknown, members: string): boolean => memberOf(of, members) !== undefined

/** @throws UsageError that names the member: a number of 0 or more, above 0 where 0 would divide */
const numberAt = (of: unknown, members: string, path: string, above = false): void => {
  const value = memberOf(of, members)
  if (typeof value === "number" && Number.isFinite(value) && (above ? value > 0 : value >= 0)) return
  throw new UsageError(`${path}: ${members} is no number ${above ? "above 0" : "of 0 or more"}`)
}

/** @throws UsageError */
const linearAt = (of: unknown, members: string, path: string, above = false): void => {
  numberAt(of, `${members}.message`, path, above)
  numberAt(of, `${members}.commit`, path)
  numberAt(of, `${members}.idle`, path)
  if (isGiven(of, `${members}.partition`)) numberAt(of, `${members}.partition`, path)
  if (!isGiven(of, `${members}.more`)) return
  numberAt(of, `${members}.more.beyond`, path, true)
  numberAt(of, `${members}.more.message`, path)
}

/** @param path null: the figures of this repository @throws UsageError */
export const readMeasured = (path: string | null): Measured => {
  const file = path ?? `${OURS}measured.json`
  const found = objectIn(file, "the measured costs")
  for (const topology of ["chained", "staged"] as const) {
    linearAt(found, `${topology}.broker`, file)
    linearAt(found, `${topology}.network`, file)
    for (const part of DISK_PARTS) linearAt(found, `${topology}.disk.${part}`, file)
    const { services } = (found as Measured)[topology]
    const names = typeof services === "object" && services !== null ? Object.keys(services) : []
    if (names.length === 0) throw new UsageError(`${file}: ${topology}.services names no service`)
    for (const name of names) linearAt(found, `${topology}.services.${name}`, file, true)
  }
  for (const part of ["device.memory", "device.base", "device.rows", "process.memory", "redis.device"])
    numberAt(found, part, file)
  return found as Measured
}

const readPrice = (path: string): Prices => {
  const found = objectIn(path, "the prices")
  for (const part of ["machine.cores", "machine.memoryGiB", "machine.networkGbit", "machine.diskGiB"])
    numberAt(found, part, path, true)
  for (const part of ["machine.perHour", "diskGiBMonth", "betweenZonesGiB"]) numberAt(found, part, path)
  for (const part of ["provider", "region", "asOf", "currency"] as const)
    if (typeof (found as Prices)[part] !== "string") throw new UsageError(`${path}: ${part} is no text`)
  if (isGiven(found, "source") && typeof memberOf(found, "source") !== "string")
    throw new UsageError(`${path}: source is no text`)
  return found as Prices
}

/** @param paths with commas between them; null: those of this repository @throws UsageError */
export const readPrices = (paths: string | null): ReadonlyArray<Prices> =>
  (paths?.split(",") ?? PROVIDERS.map((name) => `${OURS}${name}.json`)).map(readPrice)

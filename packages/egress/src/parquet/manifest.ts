/**
 * What a range of leaves came to: its files with their hashes, its rows, and the log's own word for it. A file that no manifest
 * names is not part of the export.
 */
import type { Range } from "./layout.ts"

export const EXPORT_FORMAT = "assay-export/1"

export interface ManifestFile {
  /** From the export's directory. */
  readonly path: string
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

export interface Manifest {
  readonly format: typeof EXPORT_FORMAT
  /** The log's origin line, as its checkpoints have it. */
  readonly origin: string
  readonly partition: number
  readonly leaves: Range
  /**
   * Leaves of the logs that this one goes on after: its first leaf is counted as this one. `leaves` counts over all of them, so that
   * ranges of one partition have names of their own. Left out where it is 0.
   */
  readonly base: number
  /** The RFC 6962 compact range of what lies before in the log, base64: as many hashes as the binary form of `leaves.from - base` has ones. */
  readonly before: ReadonlyArray<string>
  /** The signed note over exactly `leaves.to - base` leaves; null where the range was cut before its end. */
  readonly checkpoint: string | null
  /** Messages that rows were made of, and their rows. */
  readonly messages: number
  readonly rows: number
  /** Messages of erased devices: decided, and left out. */
  readonly withheld: number
  /** Erasures among the leaves, each by the pseudonym of the device (hex). */
  readonly erasures: ReadonlyArray<string>
  /** How often it was written anew, each time without a device that was erased. */
  readonly generation: number
  readonly files: ReadonlyArray<ManifestFile & { readonly rows: number }>
  readonly evidence: ManifestFile
  /** Where the next range goes on: offsets of audit.events and of the decided streams. */
  readonly next: Readonly<Record<string, number>>
}

/** What the directory is an export of. */
export interface ExportRoot {
  readonly format: typeof EXPORT_FORMAT
  /** `assay-log:<epoch>:<genesis>`. */
  readonly log: string
  readonly partitions: number
  readonly outcomes: ReadonlyArray<string>
}

/** What is wrong with a manifest, or with the directory. */
export class ManifestError extends Error {
  override readonly name = "ManifestError"
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isText = (value: unknown): value is string => typeof value === "string"
const isHash = (value: unknown): value is string => isText(value) && /^[0-9a-f]{64}$/.test(value)
const isPseudonym = (value: unknown): value is string => isText(value) && /^[0-9a-f]{32}$/.test(value)
/** Within the directory: no part of it is empty, `.` or `..`. */
const isPath = (value: unknown): value is string =>
  isText(value) &&
  value.split("/").every((part) => part !== "" && part !== "." && part !== "..") &&
  !value.includes("\\")
const isFile = (value: unknown): value is ManifestFile =>
  isObject(value) && isPath(value["path"]) && isCount(value["bytes"]) && isHash(value["sha256"])

const parse = (text: string): Json => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ManifestError("it is no JSON")
  }
  if (!isObject(value) || value["format"] !== EXPORT_FORMAT)
    throw new ManifestError(`it is not of the format ${EXPORT_FORMAT}`)
  return value
}

/** @throws ManifestError */
export const parseManifest = (text: string): Manifest => {
  const value = parse(text)
  const { leaves, before, checkpoint, files, evidence, next } = value
  const isWhole =
    isText(value["origin"]) &&
    isCount(value["partition"]) &&
    isObject(leaves) &&
    isCount(leaves["from"]) &&
    isCount(leaves["to"]) &&
    (leaves["from"] as number) < (leaves["to"] as number) &&
    Array.isArray(before) &&
    before.every(isText) &&
    (checkpoint === null || isText(checkpoint)) &&
    isCount(value["messages"]) &&
    isCount(value["rows"]) &&
    isCount(value["withheld"]) &&
    Array.isArray(files) &&
    files.every((file) => isFile(file) && isCount((file as unknown as Json)["rows"])) &&
    isFile(evidence) &&
    isObject(next) &&
    Object.values(next).every(isCount)
  // Left out by exports from before there was a word for it.
  const { erasures = [], generation = 0, base = 0 } = value
  const isKnown = Array.isArray(erasures) && erasures.every(isPseudonym) && isCount(generation) && isCount(base)
  if (!isWhole || !isKnown || (base as number) > ((leaves as Json)["from"] as number))
    throw new ManifestError("it lacks a member, or one is of another form")
  return { ...value, erasures, generation, base } as unknown as Manifest
}

/** @throws ManifestError */
export const parseExportRoot = (text: string): ExportRoot => {
  const value = parse(text)
  const { log, partitions, outcomes } = value
  if (!isText(log) || !isCount(partitions) || !Array.isArray(outcomes) || !outcomes.every(isText))
    throw new ManifestError("it lacks a member, or one is of another form")
  return value as unknown as ExportRoot
}

/** A manifest of a first log is written as it was before there were others. */
export const textOf = (value: Manifest | ExportRoot): string =>
  `${JSON.stringify(value, (key, one) => (key === "base" && one === 0 ? undefined : one), 2)}\n`

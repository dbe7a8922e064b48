/**
 * The ranges of one log against its key: leaf after leaf, each decision opened, its rows made anew and compared with the files; at the
 * end of a run of the exporter the root that was signed. The first leaf of a log that goes on after another is that one's checkpoint.
 */
import type { ReadingRow } from "@assay/schemas"
import {
  decodeLeaf,
  equalHash,
  Frontier,
  leafHash,
  NoteError,
  openCheckpoint,
  type VerifierKey,
} from "@assay/transparency"
import { EvidenceError, unpackEvidence } from "../evidence.ts"
import { evidencePath, manifestPath, rowsPath } from "../layout.ts"
import type { Manifest } from "../manifest.ts"
import type { ErasedDevices } from "./erasures.ts"
import { bytesOf, checkFile, evidenceBytes } from "./files.ts"
import { provenBy, Unproven } from "./leaves.ts"
import type { ExportFindings } from "./report.ts"

/** Over all partitions. */
export interface Totals {
  rows: number
  messages: number
  erased: number
  withheld: number
  kept: number
}

export interface Since {
  readonly size: number
  readonly root: Uint8Array
}

/** The log that a partition's log goes on after, as the export has it. */
interface Before {
  readonly key: VerifierKey
  readonly size: number
  readonly root: Uint8Array
}

interface LogOptions {
  /** Of the export. */
  readonly root: string
  readonly partition: number
  readonly key: VerifierKey
  readonly outcomes: ReadonlySet<string>
  /** Checkpoints of this log from outside. */
  readonly since: ReadonlyArray<Since>
  readonly findings: ExportFindings
  readonly totals: Totals
  /** Of all logs of the partition: a device's leaves may lie in one and its erasure in the next. */
  readonly devices: ErasedDevices
  /** What the first leaf is counted as, over all of them. */
  readonly base: number
  /** Null of the first log that the export has, and where nobody gave a key of the one before. */
  readonly before: Before | null
}

const pseudonymIn = (leaf: Uint8Array): string => Buffer.from(decodeLeaf(leaf).pseudonym).toString("hex")

/** The ranges of one log of a partition, one after the other. */
export class LogCheck {
  readonly #root: string
  readonly #partition: number
  readonly #key: VerifierKey
  readonly #outcomes: ReadonlySet<string>
  readonly #findings: ExportFindings
  readonly #totals: Totals
  #since: Array<Since>
  #frontier: Frontier | null = null
  readonly #devices: ErasedDevices
  readonly #base: number
  readonly #before: Before | null
  #from = 0
  signedTo = 0

  constructor({ root, partition, key, outcomes, since, findings, totals, devices, base, before }: LogOptions) {
    this.#devices = devices
    this.#base = base
    this.#before = before
    this.#root = root
    this.#partition = partition
    this.#key = key
    this.#outcomes = outcomes
    this.#since = [...since].sort((a, b) => a.size - b.size)
    this.#findings = findings
    this.#totals = totals
  }

  get covered() {
    return {
      partition: this.#partition,
      origin: this.#key.name,
      base: this.#base,
      from: this.#from,
      to: this.#frontier?.size ?? 0,
      signedTo: this.signedTo,
    }
  }

  /** For the log that goes on after this one. */
  get asBefore(): Before {
    return { key: this.#key, size: this.#frontier?.size ?? 0, root: (this.#frontier ?? new Frontier()).root() }
  }

  async range(manifest: Manifest): Promise<void> {
    const { leaves, origin } = manifest
    const path = manifestPath(this.#partition, leaves)
    if (origin !== this.#key.name || manifest.partition !== this.#partition)
      this.#add("manifest-differs", path, `it is of partition ${manifest.partition} of ${origin}`)
    if (manifest.evidence.path !== evidencePath(this.#partition, leaves, manifest.generation))
      this.#add("manifest-differs", path, "it names evidence of another range")
    const frontier = this.#begin(manifest, path)
    const wanted = new Map<string, Array<ReadingRow>>()
    const evidence = evidenceBytes(this.#root, this.#partition, manifest.evidence, this.#findings)
    if (evidence !== null) this.#read(manifest, evidence, frontier, wanted)
    await this.#compare(manifest, path, wanted)
    this.#sign(manifest, path, frontier)
  }

  /** No range is left: what was signed elsewhere must have been reached. */
  end(): void {
    const to = this.#frontier?.size ?? 0
    for (const { size } of this.#since)
      this.#add("checkpoint-not-reached", null, `the export ends at leaf ${to}, and a checkpoint of ${size} is known`)
    if (this.signedTo < to)
      this.#add("checkpoint-unsigned", null, `no signed checkpoint covers the leaves from ${this.signedTo} to ${to}`)
  }

  /** Messages of devices that were erased since, in the export all the same. Call it when all logs of the partition were seen. */
  keptIn({ leaves, evidence: { path } }: Manifest): number {
    const bytes = bytesOf(this.#root, path)
    if (bytes === null) return 0 // found before
    try {
      return unpackEvidence(bytes).filter(
        ({ leaf, record }, nth) =>
          record.length > 0 && this.#devices.isErasedAfter(pseudonymIn(leaf), leaves.from + nth),
      ).length
    } catch {
      return 0 // found before
    }
  }

  #add(kind: Parameters<ExportFindings["add"]>[0], path: string | null, message: string): void {
    this.#findings.add(kind, this.#partition, path, message)
  }

  /** The compact range before this one: that of the range before it, or, of the first, what the manifest says. */
  #begin({ leaves, before }: Manifest, path: string): Frontier {
    const from = leaves.from - this.#base
    if (this.#frontier !== null && this.#frontier.size !== from)
      this.#add("range-missing", path, `the leaves from ${this.#frontier.size} to ${from} are not in the export`)
    // The end of the log before is in the export: then so is the beginning of this one.
    if (this.#frontier === null && this.#before !== null && from > 0)
      this.#add("range-missing", path, `the leaves from 0 to ${from} of ${this.#key.name} are not in the export`)
    if (this.#frontier === null || this.#frontier.size !== from) {
      if (this.#frontier === null) this.#from = from
      const nodes = before.map((node) => Buffer.from(node, "base64"))
      try {
        this.#frontier = new Frontier(from, nodes)
        this.#reachedElsewhere(this.#frontier, path)
      } catch (cause) {
        this.#add("manifest-differs", path, (cause as Error).message)
        this.#frontier = new Frontier()
      }
    }
    return this.#frontier
  }

  #read(
    { leaves, generation, evidence: { path } }: Manifest,
    bytes: Uint8Array,
    frontier: Frontier,
    wanted: Map<string, Array<ReadingRow>>,
  ): void {
    let list: ReturnType<typeof unpackEvidence>
    try {
      list = unpackEvidence(bytes)
    } catch (cause) {
      if (!(cause instanceof EvidenceError)) throw cause
      this.#add("evidence-altered", path, cause.message)
      return
    }
    if (list.length !== leaves.to - leaves.from)
      this.#add("evidence-altered", path, `it has ${list.length} leaves, and the range ${leaves.to - leaves.from}`)
    for (const one of list) {
      frontier.append(leafHash(one.leaf))
      this.#reachedElsewhere(frontier, path)
      if (this.#base > 0 && frontier.size === 1) {
        this.#link(one.leaf, path)
        continue
      }
      try {
        const { rows, withheld, erases } = provenBy(one, this.#outcomes)
        if (withheld !== null) this.#devices.leftOut(withheld, this.#base + frontier.size - 1)
        if (erases !== null) this.#devices.erased(erases, this.#base + frontier.size - 1)
        if (rows.length > 0) this.#totals.messages += 1
        for (const row of rows) {
          const file = rowsPath(row, this.#partition, leaves, generation)
          const known = wanted.get(file)
          if (known === undefined) wanted.set(file, [row])
          else known.push(row)
        }
      } catch (cause) {
        const kind = cause instanceof Unproven ? cause.kind : "record-altered"
        this.#add(kind, path, `leaf ${frontier.size - 1}: ${(cause as Error).message}`)
      }
    }
  }

  /** The first leaf of a successor: the log before ends with that checkpoint, by its own key. */
  #link(leaf: Uint8Array, path: string): void {
    if (this.#before === null) return
    const { key, size, root } = this.#before
    try {
      const head = openCheckpoint(Buffer.from(leaf).toString("utf8"), key)
      if (head.size === size && equalHash(head.root, root)) return
      this.#add(
        "checkpoint-differs",
        path,
        `the log begins after ${head.size} leaves of ${key.name}, and others are here`,
      )
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      this.#add("checkpoint-unsigned", path, `the first leaf, the end of ${key.name}: ${cause.message}`)
    }
  }

  #reachedElsewhere(frontier: Frontier, path: string): void {
    for (let [next] = this.#since; next !== undefined && next.size <= frontier.size; [next] = this.#since) {
      this.#since.shift()
      // One that lies before the export's first leaf says nothing of what the export has.
      if (next.size === frontier.size && !equalHash(frontier.root(), next.root))
        this.#add(
          "checkpoint-differs",
          path,
          `the leaves before ${next.size} are not those of the checkpoint from outside`,
        )
    }
  }

  async #compare(
    manifest: Manifest,
    path: string,
    wanted: ReadonlyMap<string, ReadonlyArray<ReadingRow>>,
  ): Promise<void> {
    const named = new Map(manifest.files.map((file) => [file.path, file]))
    for (const [name, rows] of wanted) {
      this.#totals.rows += rows.length
      const file = named.get(name)
      if (file === undefined)
        this.#add("file-missing", name, `the manifest does not name it, with its ${rows.length} rows`)
      else {
        if (file.rows !== rows.length)
          this.#add("manifest-differs", path, `it says ${file.rows} rows of ${name}, and the log ${rows.length}`)
        await checkFile(this.#root, this.#partition, file, rows, this.#findings)
      }
    }
    for (const name of named.keys())
      if (!wanted.has(name)) this.#add("file-added", name, "nothing in the log calls for this file")
    const rows = [...wanted.values()].reduce((sum, list) => sum + list.length, 0)
    if (manifest.rows !== rows)
      this.#add("manifest-differs", path, `it says ${manifest.rows} rows, and the log ${rows}`)
  }

  #sign({ checkpoint, leaves }: Manifest, path: string, frontier: Frontier): void {
    if (checkpoint === null) return
    try {
      const head = openCheckpoint(checkpoint, this.#key)
      if (head.size !== leaves.to - this.#base || frontier.size !== head.size || !equalHash(head.root, frontier.root()))
        this.#add("checkpoint-differs", path, "the leaves are not those that the log's key has signed")
      else this.signedTo = head.size
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      this.#add("checkpoint-unsigned", path, cause.message)
    }
  }
}

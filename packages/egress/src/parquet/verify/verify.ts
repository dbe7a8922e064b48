/**
 * Checks an export offline: by nothing but its own directory and the log's verifier keys. Whatever is in the directory anybody may
 * have written; what counts is what follows from leaves that hash to a root which the log's key has signed.
 *
 * Range by range: the leaves of the evidence are put behind those before them; each decision among them is opened, and its leaf
 * tells whether the opening is right; the record that it names by hash is there or withheld; its rows are made anew, and compared
 * with the files. At the end of a run of the exporter the root must be the one that was signed.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ReadingRow } from "@assay/schemas"
import {
  decodeLeaf,
  decodeVkey,
  equalHash,
  Frontier,
  leafHash,
  NoteError,
  openCheckpoint,
  type VerifierKey,
} from "@assay/transparency"
import { filesBelow, manifestsOf } from "../directory.ts"
import { EvidenceError, unpackEvidence } from "../evidence.ts"
import {
  EVIDENCE_DIR,
  evidencePath,
  MANIFESTS_DIR,
  manifestPath,
  READINGS_DIR,
  ROOT_FILE,
  rowsPath,
} from "../layout.ts"
import { type Manifest, parseExportRoot } from "../manifest.ts"
import { ErasedDevices } from "./erasures.ts"
import { bytesOf, checkFile, evidenceBytes } from "./files.ts"
import { provenBy, Unproven } from "./leaves.ts"
import { ExportFindings, type ExportReport } from "./report.ts"
import { checkTable } from "./table.ts"

export interface VerifyExportOptions {
  readonly root: string
  /** Verifier keys of the log's partitions, from outside of the export. */
  readonly keys: ReadonlyArray<string>
  /** Signed checkpoints from elsewhere: the export must reach as far, and have the same leaves. */
  readonly since?: ReadonlyArray<string>
}

interface Totals {
  rows: number
  messages: number
  erased: number
  withheld: number
  kept: number
}

interface Since {
  readonly size: number
  readonly root: Uint8Array
}

const pseudonymIn = (leaf: Uint8Array): string => Buffer.from(decodeLeaf(leaf).pseudonym).toString("hex")

/** A partition's ranges, one after the other. */
class PartitionCheck {
  readonly #root: string
  readonly #partition: number
  readonly #key: VerifierKey
  readonly #outcomes: ReadonlySet<string>
  readonly #findings: ExportFindings
  readonly #totals: Totals
  #since: Array<Since>
  #frontier: Frontier | null = null
  readonly #devices = new ErasedDevices()
  #from = 0
  signedTo = 0

  constructor(
    root: string,
    partition: number,
    key: VerifierKey,
    outcomes: ReadonlySet<string>,
    since: ReadonlyArray<Since>,
    findings: ExportFindings,
    totals: Totals,
  ) {
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
      from: this.#from,
      to: this.#frontier?.size ?? 0,
      signedTo: this.signedTo,
    }
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

  /**
   * No range is left: what was signed elsewhere must have been reached, and who was erased by now is known.
   * @param manifests those that were given to `range`
   */
  end(manifests: ReadonlyArray<Manifest>): void {
    const to = this.#frontier?.size ?? 0
    for (const { size } of this.#since)
      this.#add("checkpoint-not-reached", null, `the export ends at leaf ${to}, and a checkpoint of ${size} is known`)
    if (this.signedTo < to)
      this.#add("checkpoint-unsigned", null, `no signed checkpoint covers the leaves from ${this.signedTo} to ${to}`)
    const { erased, withheld } = this.#devices.counts()
    this.#totals.erased += erased
    this.#totals.withheld += withheld
    if (this.#devices.isEmpty) return
    for (const manifest of manifests) this.#totals.kept += this.#keptIn(manifest)
  }

  /** Messages of devices that were erased since, in the export all the same. */
  #keptIn({ leaves, evidence: { path } }: Manifest): number {
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
    if (this.#frontier !== null && this.#frontier.size !== leaves.from)
      this.#add("range-missing", path, `the leaves from ${this.#frontier.size} to ${leaves.from} are not in the export`)
    if (this.#frontier === null || this.#frontier.size !== leaves.from) {
      if (this.#frontier === null) this.#from = leaves.from
      const nodes = before.map((node) => Buffer.from(node, "base64"))
      try {
        this.#frontier = new Frontier(leaves.from, nodes)
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
      try {
        const { rows, withheld, erases } = provenBy(one, this.#outcomes)
        if (withheld !== null) this.#devices.leftOut(withheld, frontier.size - 1)
        if (erases !== null) this.#devices.erased(erases, frontier.size - 1)
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
      if (head.size !== leaves.to || frontier.size !== head.size || !equalHash(head.root, frontier.root()))
        this.#add("checkpoint-differs", path, "the leaves are not those that the log's key has signed")
      else this.signedTo = head.size
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      this.#add("checkpoint-unsigned", path, cause.message)
    }
  }
}

/** What lies in the export, and no manifest names it: whoever reads all files of a directory would take it for a part. */
const strangers = (root: string, manifests: ReadonlyArray<Manifest>, findings: ExportFindings): void => {
  const known = new Set(
    manifests.flatMap((one) => [
      manifestPath(one.partition, one.leaves),
      one.evidence.path,
      ...one.files.map(({ path }) => path),
    ]),
  )
  for (const dir of [READINGS_DIR, EVIDENCE_DIR, MANIFESTS_DIR])
    for (const path of filesBelow(root, dir))
      if (!known.has(path)) findings.add("file-added", null, path, "no manifest names this file")
}

/** Of `assay-log:<epoch>:<genesis>`; a log's origin line ends with partition and epoch. */
const epochOf = (log: string): string => log.split(":")[1] ?? ""

const sinceOf = (notes: ReadonlyArray<string>, key: VerifierKey): ReadonlyArray<Since> =>
  notes.flatMap((note) => (note.split("\n")[0] === key.name ? [openCheckpoint(note, key)] : []))

/**
 * @returns what was found; a damaged export is a finding, not an exception
 * @throws ManifestError where the directory is no export, NoteError where a key or a checkpoint from outside is none
 */
export const verifyExport = async ({ root, keys, since = [] }: VerifyExportOptions): Promise<ExportReport> => {
  const findings = new ExportFindings()
  const totals: Totals = { rows: 0, messages: 0, erased: 0, withheld: 0, kept: 0 }
  const { log, outcomes, partitions } = parseExportRoot(readFileSync(join(root, ROOT_FILE), "utf8"))
  const byPartition = keys.map(decodeVkey)
  const covered: Array<ExportReport["covered"][number]> = []
  const all: Array<Manifest> = []
  for (let partition = 0; partition < partitions; partition++) {
    const key = byPartition.find(({ name }) => name.endsWith(`/${partition}/${epochOf(log)}`))
    let manifests: ReadonlyArray<Manifest> = []
    try {
      manifests = manifestsOf(root, partition)
    } catch (cause) {
      findings.add("manifest-unreadable", partition, null, (cause as Error).message)
      continue
    }
    all.push(...manifests)
    if (key === undefined) {
      findings.add("checkpoint-unsigned", partition, null, "there is no verifier key of this partition's log")
      continue
    }
    const check = new PartitionCheck(root, partition, key, new Set(outcomes), sinceOf(since, key), findings, totals)
    for (const manifest of manifests) await check.range(manifest)
    check.end(manifests)
    covered.push(check.covered)
  }
  strangers(root, all, findings)
  await checkTable(root, all, findings)
  return {
    findings: findings.list,
    found: findings.found,
    ...totals,
    files: all.reduce((sum, { files }) => sum + files.length, 0),
    covered,
  }
}

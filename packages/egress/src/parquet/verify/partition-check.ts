/** A partition's logs, which go on after each other: each under its own key, and one ends where the next begins. */
import { openCheckpoint, type VerifierKey } from "@assay/transparency"
import { manifestPath } from "../layout.ts"
import type { Manifest } from "../manifest.ts"
import { ErasedDevices } from "./erasures.ts"
import { LogCheck, type Since, type Totals } from "./log-check.ts"
import type { ExportFindings } from "./report.ts"

const sinceOf = (notes: ReadonlyArray<string>, key: VerifierKey): ReadonlyArray<Since> =>
  notes.flatMap((note) => (note.split("\n")[0] === key.name ? [openCheckpoint(note, key)] : []))

interface PartitionOptions {
  readonly root: string
  readonly partition: number
  /** Of its logs, in any order. */
  readonly keys: ReadonlyArray<VerifierKey>
  readonly since: ReadonlyArray<string>
  readonly outcomes: ReadonlySet<string>
  readonly findings: ExportFindings
  readonly totals: Totals
}

export class PartitionCheck {
  readonly #options: PartitionOptions
  readonly #devices = new ErasedDevices()
  readonly #seen: Array<{ readonly check: LogCheck; readonly manifest: Manifest }> = []
  readonly #checks: Array<LogCheck> = []
  #current: LogCheck | undefined
  /** Of the log that is read; below 0 before the first range. */
  #base = -1

  constructor(options: PartitionOptions) {
    this.#options = options
  }

  get covered() {
    return this.#checks.map(({ covered }) => covered)
  }

  async range(manifest: Manifest): Promise<void> {
    const { base } = manifest
    if (base !== this.#base) this.#current = this.#next(manifest)
    const check = this.#current
    if (check === undefined) return
    this.#seen.push({ check, manifest })
    await check.range(manifest)
  }

  /** No range is left: who was erased by now is known. */
  end(): void {
    const { partition, keys, findings, totals } = this.#options
    this.#current?.end()
    if (this.#base < 0 && keys.length === 0)
      findings.add("checkpoint-unsigned", partition, null, "there is no verifier key of this partition's log")
    const { erased, withheld } = this.#devices.counts()
    totals.erased += erased
    totals.withheld += withheld
    if (this.#devices.isEmpty) return
    for (const { check, manifest } of this.#seen) totals.kept += check.keptIn(manifest)
  }

  /** The check of another log; undefined, with a finding, where there is no key for it. */
  #next({ origin, base, leaves }: Manifest): LogCheck | undefined {
    const { keys, since, ...shared } = this.#options
    const { partition, findings } = shared
    const former = this.#current
    former?.end()
    const before = former === undefined ? null : former.asBefore
    const path = manifestPath(partition, leaves)
    if (before !== null && this.#base + before.size !== base)
      findings.add(
        "range-missing",
        partition,
        path,
        `${before.key.name} ends at ${this.#base + before.size}, not at ${base}`,
      )
    this.#base = base
    // The first log's key is the one whose manifests name it; one that names another is a finding of the check.
    const key =
      keys.find(({ name }) => name === origin) ?? (former === undefined && keys.length === 1 ? keys[0] : undefined)
    if (key === undefined) {
      findings.add("checkpoint-unsigned", partition, path, `there is no verifier key of ${origin}`)
      return undefined
    }
    const check = new LogCheck({ ...shared, key, since: sinceOf(since, key), devices: this.#devices, base, before })
    this.#checks.push(check)
    return check
  }
}

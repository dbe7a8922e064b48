/** The lists of a revocation, cut into parts that fit into entries, and the hashes that operators sign. */
import { chainParts, MAX_RELIED, MAX_RELYING, MAX_REVOCATION_PART, type PartContent } from "@assay/knowledge"
import type { RevocationList, RevocationTotal } from "@assay/trust"
import type { PartitionPlan } from "./plan.ts"

/** The openings of each partition, in their order. */
export interface Parts {
  readonly list: RevocationList
  readonly openings: ReadonlyArray<ReadonlyArray<string>>
  /** The partition whose last part has the totals: it is sent when all others are done. */
  readonly home: number
}

/** Characters of names in one part. */
const MAX_NAMES = MAX_REVOCATION_PART / 3

const cut = <T>(
  all: ReadonlyArray<T>,
  most: number,
  sizeOf: (one: T) => number,
  mostSize: number,
): ReadonlyArray<ReadonlyArray<T>> => {
  const pieces: Array<Array<T>> = []
  let size = Number.POSITIVE_INFINITY
  for (const one of all) {
    size += sizeOf(one)
    if (size > mostSize || pieces.at(-1)!.length === most) {
      pieces.push([])
      size = sizeOf(one)
    }
    pieces.at(-1)!.push(one)
  }
  return pieces
}

/** Devices first: their trust must not wait for what they said. */
const contentsOf = ({ devices, decisions }: PartitionPlan): ReadonlyArray<PartContent> => [
  ...cut(devices, MAX_RELYING, (device) => device.length + 3, MAX_NAMES).map((some) => ({
    devices: some,
    decisions: [],
    total: null,
  })),
  ...cut(decisions, MAX_RELIED, () => 1, MAX_RELIED).map((some) => ({ devices: [], decisions: some, total: null })),
]

/** Makes the parts of one partition after the other, so that the decisions of one alone are in memory. */
export class PartsBuilder {
  readonly #home: number
  readonly #chains = new Map<number, ReturnType<typeof chainParts>>()
  #atHome: ReadonlyArray<PartContent> = []
  #total: RevocationTotal = { decisions: 0, devices: 0, partitions: 0 }

  /** @param home partition of the target */
  constructor(home: number) {
    this.#home = home
  }

  get total(): RevocationTotal {
    return this.#total
  }

  add(plan: PartitionPlan): void {
    const { partition, decisions, devices } = plan
    const isTouched = decisions.length + devices.length > 0
    this.#total = {
      decisions: this.#total.decisions + decisions.length,
      devices: this.#total.devices + devices.length,
      partitions: this.#total.partitions + (isTouched ? 1 : 0),
    }
    const contents = contentsOf(plan)
    if (partition === this.#home) this.#atHome = contents
    else this.#chains.set(partition, chainParts(partition, contents))
  }

  /** @param partitions of the log @returns null where nothing is left to take back */
  finish(partitions: number): Parts | null {
    const total = this.#total
    if (total.partitions === 0) return null
    const last: PartContent = { devices: [], decisions: [], total }
    this.#chains.set(this.#home, chainParts(this.#home, [...this.#atHome, last]))
    const chains = Array.from({ length: partitions }, (_, partition) => this.#chains.get(partition))
    const heads = chains.map((chain) => chain?.head ?? null)
    const openings = chains.map((chain) => chain?.openings ?? [])
    return { list: { heads, decisions: total.decisions }, openings, home: this.#home }
  }
}

/** What one stage sees of a table. A class, made once for each slot: it is asked several times for each message. */
import type { StateView } from "@assay/trust"
import { PARTITION_KEY } from "./rows.ts"
import type { StateTable } from "./table.ts"

export class SlotView implements StateView<unknown, unknown> {
  readonly #table: StateTable
  readonly #slot: number

  constructor(table: StateTable, slot: number) {
    this.#table = table
    this.#slot = slot
  }

  get(key: string): unknown {
    return key === PARTITION_KEY ? undefined : this.#table.get(this.#slot, key)
  }

  get shared(): unknown {
    return this.#table.sharedOf(this.#slot)
  }

  isAdmitted(device: string): boolean {
    return this.#table.hasAdmitted(this.#slot, device)
  }

  due(time: number, limit: number): ReadonlyArray<string> {
    return this.#table.due(this.#slot, time, limit)
  }

  admittedWhere(wanted: (state: unknown) => boolean): ReadonlyArray<string> {
    return this.#table.admittedWhere(this.#slot, wanted)
  }

  ownKeys(prefix: string): ReadonlyArray<string> {
    return this.#table.ownKeys(this.#slot, prefix)
  }

  get admitted(): number {
    return this.#table.admittedOf(this.#slot)
  }
}

/** How many devices each stage of a table admits, and how many items of each kind of knowledge it holds. */
import { ITEM_PREFIX } from "@assay/knowledge"
import { isItemKey } from "./rows.ts"

export class Counts {
  private admitted: Array<number>
  private items = new Map<string, number>()
  /** As of the last `committed`. */
  private before: { readonly admitted: ReadonlyArray<number>; readonly items: ReadonlyMap<string, number> }
  private isChanged = false

  constructor(slots: number) {
    this.admitted = new Array<number>(slots).fill(0)
    this.before = { admitted: [...this.admitted], items: new Map() }
  }

  /** Devices admitted by the stage in `slot`. */
  admittedOf(slot: number): number {
    return this.admitted[slot]!
  }

  addAdmitted(slot: number, by: 1 | -1): void {
    this.admitted[slot]! += by
    this.isChanged = true
  }

  /** Rows whose key begins with `prefix`, a kind's. */
  itemsOf(prefix: string): number {
    return this.items.get(prefix) ?? 0
  }

  /** The row of `key` came or went; one that is no item is not counted. */
  addItem(key: string, by: 1 | -1): void {
    if (!isItemKey(key)) return
    const prefix = key.slice(0, key.indexOf("/", ITEM_PREFIX.length) + 1)
    this.items.set(prefix, this.itemsOf(prefix) + by)
    this.isChanged = true
  }

  committed(): void {
    if (!this.isChanged) return
    this.before = { admitted: [...this.admitted], items: new Map(this.items) }
    this.isChanged = false
  }

  /** What was counted at the last `committed`. */
  rollBack(): void {
    this.admitted = [...this.before.admitted]
    this.items = new Map(this.before.items)
    this.isChanged = false
  }
}

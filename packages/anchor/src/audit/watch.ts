/**
 * Watches what a contract holds beside the anchor log that is shown here: who shows two anchor logs cannot show the contract's root in
 * both. It asks a node of the watcher's own, and remembers only since when the contract has been behind.
 */
import { buildConsistency, MissingTileError, nodesOf, type TileReader, verifyConsistency } from "@assay/transparency"
import type { ContractHead } from "../evm/chain.ts"

export interface ChainWatchOptions {
  /** What the contract holds now. @throws where the node cannot be asked, or is of another chain */
  head(): Promise<ContractHead>
  /** Of the anchor log, as it is shown here. */
  readonly tiles: TileReader
  /** How long the contract may be behind the log. */
  readonly stallMs: number
  readonly now?: () => number
}

/** The newest head of the anchor log that was verified to continue all before it. */
export interface ShownHead {
  readonly size: number
  readonly root: Uint8Array
}

export interface ChainView {
  /** Leaves that the contract holds; null where that is not known. */
  readonly size: number | null
  /** What somebody should look at, or null. */
  readonly problem: string | null
}

export class ChainWatch {
  readonly #options: Required<ChainWatchOptions>
  /** The contract's leaves when it was found behind, and since when. */
  #behind: { readonly size: number; readonly since: number } | null = null

  constructor(options: ChainWatchOptions) {
    this.#options = { now: Date.now, ...options }
  }

  /** @param shown null where nothing of the log is verified yet. Never throws: what cannot be had is a problem */
  async look(shown: ShownHead | null): Promise<ChainView> {
    let head: ContractHead
    try {
      head = await this.#options.head()
    } catch (cause) {
      return { size: null, problem: `the chain cannot be asked: ${(cause as Error).message}` }
    }
    return { size: head.size, problem: shown === null ? null : await this.#compare(head, shown) }
  }

  async #compare({ size, root }: ContractHead, shown: ShownHead): Promise<string | null> {
    if (size > shown.size)
      return `the contract holds ${size} leaves, and ${shown.size} are shown here: a stale copy, or another history than everybody sees`
    if (size > 0) {
      const differs = await this.#differs(size, root, shown)
      if (differs !== null) return differs
    }
    return this.#lag(size, shown)
  }

  async #differs(size: number, root: Uint8Array, shown: ShownHead): Promise<string | null> {
    try {
      const proof = await buildConsistency(nodesOf(this.#options.tiles, shown.size), size, shown.size)
      if (verifyConsistency(size, root, shown.size, shown.root, proof)) return null
    } catch (cause) {
      if (!(cause instanceof MissingTileError)) throw cause
      return `the log shown here lacks a tile that leads from the contract's ${size} leaves to its own: ${cause.message}`
    }
    return `the contract holds another tree of ${size} leaves than the log that is shown here: two histories`
  }

  #lag(size: number, shown: ShownHead): string | null {
    const now = this.#options.now()
    if (size === shown.size) this.#behind = null
    else if (this.#behind?.size !== size) this.#behind = { size, since: now }
    const { stallMs } = this.#options
    if (this.#behind === null || now - this.#behind.since <= stallMs) return null
    return `the contract has held ${size} leaves for ${Math.round((now - this.#behind.since) / 1000)} s, and ${shown.size} are in the log: nothing is anchored`
  }
}

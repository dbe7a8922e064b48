/**
 * What the steps of the adapter share: the chain, what is kept of the work under way, and what was counted since the start. Each step
 * is a function over it (`send.ts`, `follow.ts`), so that one can be read without the others.
 */
import type { PrivateKeyAccount } from "viem/accounts"
import type { AnchorHistory } from "../anchor.ts"
import type { Chain } from "./chain.ts"
import { type EvmState, writeState } from "./state.ts"

/** Why it cannot go on. `refused`: until a person has looked and started it anew. */
export interface Problem {
  readonly text: string
  readonly refused: boolean
}

/** A problem that passes by itself. */
export const waits = (text: string): Problem => ({ text, refused: false })

/** What a unit of gas costs, for people. @param wei of one */
export const gwei = (wei: bigint): string => (Number(wei) / 1e9).toPrecision(3)

export interface WorkOptions {
  readonly history: AnchorHistory
  /** Of its own: `evm.json`, `evidence/<size>.json`. */
  readonly directory: string
  /** Blocks above the one that holds the transaction. */
  readonly confirmations: number
  /** What a unit of gas may cost at most, in wei. */
  readonly maxFeePerGas: bigint
  /** A transaction in no block for so long is sent with higher fees. */
  readonly raiseAfterMs: number
  readonly now: () => number
}

/** Since the adapter was opened. Amounts are in wei. */
interface Counted {
  /** Signed and sent, each form of a transaction by itself. */
  sent: number
  /** Heads that came to count by a transaction. */
  confirmed: number
  /** Numbers that something else used, or a transaction of ours that the contract refused. */
  failed: number
  spent: bigint
  /** Blocks with a transaction of ours that a reorganisation took away: of heads that counted, and of heads that did not yet. */
  reorganised: { final: number; early: number }
  /** Of the account, before the last transaction; null before the first. */
  balance: bigint | null
}

export class EvmWork {
  readonly options: WorkOptions
  readonly chain: Chain
  readonly chainId: number
  readonly account: PrivateKeyAccount
  readonly counted: Counted = {
    sent: 0,
    confirmed: 0,
    failed: 0,
    spent: 0n,
    reorganised: { final: 0, early: 0 },
    balance: null,
  }
  /** How far the head on its way is, for people. */
  progress = "waiting"
  #state: EvmState
  #refused: Problem | null = null
  /** The block in which a transaction on its way was seen last. */
  #block: string | null = null
  #unminedSince: number | null

  constructor(options: WorkOptions, chain: Chain, account: PrivateKeyAccount, state: EvmState) {
    this.options = options
    this.chain = chain
    this.chainId = state.chain
    this.account = account
    this.#state = state
    this.#unminedSince = state.pending?.begun ?? null
  }

  get state(): EvmState {
    return this.#state
  }

  /** Durable when it resolves. Where nothing is on its way any more, what was seen of it is forgotten. */
  async keep(change: Partial<EvmState>): Promise<void> {
    const next = { ...this.#state, ...change }
    await writeState(this.options.directory, next)
    this.#state = next
    if (next.pending !== null) return
    this.#block = null
    this.#unminedSince = null
  }

  get refused(): Problem | null {
    return this.#refused
  }

  /** From here on it does nothing more. */
  refuse(text: string): Problem {
    this.#refused = { text, refused: true }
    return this.#refused
  }

  /** Since when the head on its way has been in no block, milliseconds since 1970; null where it is in one, or none is on its way. */
  get unminedSince(): number | null {
    return this.#unminedSince
  }

  /** @param block the hash of the one that has a transaction on its way; null: none has */
  seenIn(block: string | null): void {
    if (this.#block !== null && block !== this.#block) this.counted.reorganised.early += 1
    this.#block = block
    if (block !== null) this.#unminedSince = null
    else this.#unminedSince ??= this.options.now()
  }
}

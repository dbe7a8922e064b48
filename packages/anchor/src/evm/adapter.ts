/**
 * Anchors on an EVM chain: each head is one call of a contract that only grows (`contract/AssayAnchor.sol`).
 *
 * One transaction at a time. It is signed and kept before it is sent, so that after a crash the very same bytes go out again, which
 * a chain takes once. Where fees rise it is signed anew with the same number, and only one of the two can come to be. Where the
 * number was used by something else it is signed with the next one; the contract refuses what is not larger than what it has. So
 * no head is written twice, whatever was lost.
 *
 * It counts when so many blocks stand above it. What a reorganisation takes away before or after that is sent again. The steps are in
 * `follow.ts`, what is sent in `send.ts`, what they share in `work.ts`.
 */
import { equalHash, type VerifierKey } from "@assay/transparency"
import { makeDirectory } from "@assay/transparency/storage"
import type { Address } from "viem"
import type { Anchor, AnchorHead, AnchorStatus, Transactions } from "../anchor.ts"
import { AnchorError } from "../error.ts"
import { accountOf } from "./account.ts"
import { Chain } from "./chain.ts"
import { logIdOf } from "./contract-log.ts"
import { begin, checkConfirmed, follow } from "./follow.ts"
import { nodeError, type Request } from "./rpc.ts"
import { evidenceDirectory } from "./source.ts"
import { type EvmState, readState } from "./state.ts"
import { EvmWork, type Problem, type WorkOptions, waits } from "./work.ts"

export interface EvmOptions extends Omit<WorkOptions, "now"> {
  readonly request: Request
  readonly contract: Address
  /** 32 bytes of secp256k1, hex with 0x: of whoever deployed the contract. */
  readonly key: `0x${string}`
  /** The anchor log's; the contract is of it. */
  readonly log: VerifierKey
  /** A chain whose newest block is older than this stands still. */
  readonly stallMs: number
  readonly now?: () => number
}

const WEI = 1e18

export class EvmAnchor implements Anchor {
  readonly name: string
  readonly #work: EvmWork
  readonly #stallMs: number

  private constructor(name: string, work: EvmWork, stallMs: number) {
    this.name = name
    this.#work = work
    this.#stallMs = stallMs
  }

  /**
   * @throws AnchorError where contract, key or log do not belong together, or the directory is of another contract; RpcError where
   *   the node does not answer: try again
   */
  static async open(given: EvmOptions): Promise<EvmAnchor> {
    const options = { now: Date.now, ...given }
    const { request, contract, log, directory, stallMs } = options
    const account = accountOf(options.key)
    const chain = new Chain(request, contract)
    const [id, about] = await Promise.all([chain.id(), chain.about()]).catch((cause: unknown) => {
      throw nodeError(cause)
    })
    if (about.operator.toLowerCase() !== account.address.toLowerCase())
      throw new AnchorError(
        "key",
        `the contract belongs to ${about.operator}, and the key is that of ${account.address}`,
      )
    if (!equalHash(about.log, logIdOf(log)))
      throw new AnchorError("contract", `the contract is not of the log ${log.name} with this key: deploy one for it`)
    await makeDirectory(evidenceDirectory(directory), directory)
    const kept = await readState(directory, id, contract)
    const none: EvmState = { chain: id, contract, pending: null, confirmed: null, costs: [] }
    return new EvmAnchor(`evm-${id}-${contract}`, new EvmWork(options, chain, account, kept ?? none), stallMs)
  }

  async advance(head: AnchorHead | null): Promise<AnchorStatus> {
    if (this.#work.refused !== null) return this.#status(this.#work.refused)
    try {
      return this.#status(await this.#step(head))
    } catch (cause) {
      // The disk's errors are the caller's; what a node answers, or does not, is a reason to try again.
      if ((cause as NodeJS.ErrnoException).syscall !== undefined && (cause as NodeJS.ErrnoException).path !== undefined)
        throw cause
      return this.#status(waits((nodeError(cause) as Error).message))
    }
  }

  async #step(head: AnchorHead | null): Promise<Problem | null> {
    const work = this.#work
    const latest = await work.chain.head()
    await checkConfirmed(work)
    const { pending } = work.state
    const problem = pending !== null ? await follow(work, pending, latest) : await begin(work, head, latest)
    if (problem !== null) return problem
    return work.options.now() - latest.time <= this.#stallMs
      ? null
      : waits(`the chain stands still: its newest block is of ${new Date(latest.time).toISOString()}`)
  }

  #status(problem: Problem | null): AnchorStatus {
    const { pending, confirmed } = this.#work.state
    return {
      confirmed: confirmed?.pending.size ?? 0,
      confirmedAt: confirmed?.at ?? null,
      pending: pending === null ? null : { size: pending.size, since: pending.begun, text: this.#work.progress },
      problem,
      transactions: this.#transactions(),
    }
  }

  #transactions(): Transactions {
    const { counted, unminedSince } = this.#work
    const { sent, confirmed, failed, reorganised, spent, balance } = counted
    return {
      ...{ sent, confirmed, failed, unminedSince },
      reorganised: { ...reorganised },
      spentCoins: Number(spent) / WEI,
      balanceCoins: balance === null ? null : Number(balance) / WEI,
    }
  }
}

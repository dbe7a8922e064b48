/**
 * Anchors on an EVM chain: each head is one call of a contract that only grows (`contract/AssayAnchor.sol`).
 *
 * One transaction at a time. It is signed and kept before it is sent, so that after a crash the very same bytes go out again, which
 * a chain takes once. Where fees rise it is signed anew with the same number, and only one of the two can come to be. Where the
 * number was used by something else it is signed with the next one; the contract refuses what is not larger than what it has. So
 * no head is written twice, whatever was lost.
 *
 * It counts when so many blocks stand above it. What a reorganisation takes away before or after that is sent again.
 */
import { hash } from "node:crypto"
import { join } from "node:path"
import { encodeVkey, equalHash, type VerifierKey } from "@assay/transparency"
import { makeDirectory, removeFile, writeDurable } from "@assay/transparency/storage"
import type { Address } from "viem"
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"
import type { Anchor, AnchorHead, AnchorHistory, AnchorStatus } from "../anchor.ts"
import { AnchorError } from "../error.ts"
import { Chain, type ChainHead, type Mined, signCall } from "./chain.ts"
import { feesFor, raisedFees } from "./fees.ts"
import { buildEvidence, formatEvmEvidence } from "./proof/evidence.ts"
import { nodeError, type Request } from "./rpc.ts"
import { type Confirmed, type EvmState, MAX_SENT, type Pending, readState, type Sent, writeState } from "./state.ts"

export interface EvmOptions {
  readonly request: Request
  readonly contract: Address
  /** 32 bytes of secp256k1, hex with 0x: of whoever deployed the contract. */
  readonly key: `0x${string}`
  /** The anchor log's; the contract is of it. */
  readonly log: VerifierKey
  readonly history: AnchorHistory
  /** Of its own: `evm.json`, `evidence/<size>.json`. */
  readonly directory: string
  /** Blocks above the one that holds the transaction. */
  readonly confirmations: number
  /** What a unit of gas may cost at most, in wei. */
  readonly maxFeePerGas: bigint
  /** A transaction in no block for so long is sent with higher fees. */
  readonly raiseAfterMs: number
  /** A chain whose newest block is older than this stands still. */
  readonly stallMs: number
  readonly now?: () => number
}

interface Problem {
  readonly text: string
  readonly refused: boolean
}

/** What a contract is of: SHA-256 of the verifier key, as text. */
export const logIdOf = (key: VerifierKey): Uint8Array => hash("sha256", encodeVkey(key), "buffer")

export const EVIDENCE = "evidence"

export const evidencePath = (directory: string, size: number): string => join(directory, EVIDENCE, `${size}.json`)

/** How much more gas than estimated is allowed: the contract's storage may have grown by then. */
const gasLimit = (estimated: bigint): bigint => estimated + estimated / 4n

const gwei = (wei: bigint): string => (Number(wei) / 1e9).toPrecision(3)

export class EvmAnchor implements Anchor {
  readonly name: string
  readonly #options: Required<EvmOptions>
  readonly #chain: Chain
  readonly #account: PrivateKeyAccount
  readonly #id: number
  #state: EvmState
  /** Refused until a person has looked and started it anew. */
  #refused: string | null = null

  private constructor(options: Required<EvmOptions>, chain: Chain, account: PrivateKeyAccount, state: EvmState) {
    this.#options = options
    this.#chain = chain
    this.#account = account
    this.#id = state.chain
    this.#state = state
    this.name = `evm-${state.chain}-${options.contract}`
  }

  /**
   * @throws AnchorError where contract, key or log do not belong together, or the directory is of another contract; RpcError where
   *   the node does not answer: try again
   */
  static async open(given: EvmOptions): Promise<EvmAnchor> {
    const options = { now: Date.now, ...given }
    const account = accountOf(options.key)
    const chain = new Chain(options.request, options.contract)
    const [id, about] = await Promise.all([chain.id(), chain.about()]).catch((cause: unknown) => {
      throw nodeError(cause)
    })
    if (about.operator.toLowerCase() !== account.address.toLowerCase())
      throw new AnchorError(
        "key",
        `the contract belongs to ${about.operator}, and the key is that of ${account.address}`,
      )
    if (!equalHash(about.log, logIdOf(options.log)))
      throw new AnchorError(
        "contract",
        `the contract is not of the log ${options.log.name} with this key: deploy one for it`,
      )
    await makeDirectory(join(options.directory, EVIDENCE), options.directory)
    const kept = await readState(options.directory, id, options.contract)
    const none: EvmState = { chain: id, contract: options.contract, pending: null, confirmed: null, costs: [] }
    return new EvmAnchor(options, chain, account, kept ?? none)
  }

  async advance(head: AnchorHead | null): Promise<AnchorStatus> {
    if (this.#refused !== null) return this.#status({ text: this.#refused, refused: true })
    try {
      return this.#status(await this.#step(head))
    } catch (cause) {
      // The disk's errors are the caller's; what a node answers, or does not, is a reason to try again.
      if ((cause as NodeJS.ErrnoException).syscall !== undefined && (cause as NodeJS.ErrnoException).path !== undefined)
        throw cause
      const { message } = nodeError(cause) as Error
      return this.#status({ text: message, refused: false })
    }
  }

  async #step(head: AnchorHead | null): Promise<Problem | null> {
    const { now, stallMs } = this.#options
    const latest = await this.#chain.head()
    await this.#checkConfirmed()
    const problem =
      this.#state.pending !== null ? await this.#follow(this.#state.pending, latest) : await this.#begin(head, latest)
    if (problem !== null) return problem
    const age = now() - latest.time
    if (age <= stallMs) return null
    return { text: `the chain stands still: its newest block is ${Math.round(age / 1000)} s old`, refused: false }
  }

  #status(problem: Problem | null): AnchorStatus {
    const { pending, confirmed } = this.#state
    return {
      confirmed: confirmed?.pending.size ?? 0,
      confirmedAt: confirmed?.at ?? null,
      pending: pending === null ? null : { size: pending.size, since: pending.begun, text: this.#progress },
      problem,
    }
  }

  #progress = "waiting"

  #refuse(text: string): Problem {
    this.#refused = text
    return { text, refused: true }
  }

  async #keep(change: Partial<EvmState>): Promise<void> {
    const next = { ...this.#state, ...change }
    await writeState(this.#options.directory, next)
    this.#state = next
  }

  /** A reorganisation may reach below what counted: then the head is on its way again. */
  async #checkConfirmed(): Promise<void> {
    const { confirmed } = this.#state
    if (confirmed === null) return
    const there = await this.#chain.hashAt(BigInt(confirmed.blockNumber))
    // A node that is behind has no block there yet.
    if (there === null || there === confirmed.blockHash) return
    await removeFile(evidencePath(this.#options.directory, confirmed.pending.size))
    const { pending } = this.#state
    // A newer head that is on its way covers it, but its number stands behind.
    const next = pending === null ? confirmed.pending : { ...pending, before: confirmed.pending.sent }
    await this.#keep({ pending: next, confirmed: null })
    this.#progress = "withdrawn: a reorganisation took its block away"
  }

  /** What the contract holds already, compared with the log. @returns a problem that nothing but a person can settle */
  async #compare(): Promise<{ readonly size: number } | Problem> {
    const { size, root } = await this.#chain.contractHead()
    if (size === 0) return { size }
    const own = await this.#options.history.rootAt(size)
    if (own === null)
      return this.#refuse(
        `the contract holds ${size} leaves and the log has fewer: it was put back to an older copy, or the key is used elsewhere`,
      )
    if (!equalHash(own, root))
      return this.#refuse(
        `the contract holds another tree of ${size} leaves than the log: its key signed two histories`,
      )
    return { size }
  }

  async #begin(head: AnchorHead | null, latest: ChainHead): Promise<Problem | null> {
    if (head === null || head.size <= (this.#state.confirmed?.pending.size ?? 0)) return null
    const found = await this.#compare()
    if ("text" in found) return found
    const pending: Pending = { size: head.size, note: head.note, begun: this.#options.now(), sent: [] }
    // Anchored already, by a process whose file was lost: nothing is sent, and the evidence is made anew.
    if (found.size >= head.size) return this.#adopt(pending, latest)
    return this.#sign(pending, latest, null)
  }

  /** Signs, keeps, sends. @param raise the fees of the last one, where it is the same number again */
  async #sign(pending: Pending, latest: ChainHead, raise: Sent | null): Promise<Problem | null> {
    const { maxFeePerGas: limit, now } = this.#options
    const chain = this.#chain
    const { address } = this.#account
    const tip = await chain.tip()
    const fitting = feesFor(latest.baseFee, tip, limit)
    const fees =
      raise === null
        ? fitting
        : raisedFees(
            { maxFeePerGas: BigInt(raise.maxFeePerGas), maxPriorityFeePerGas: BigInt(raise.maxPriorityFeePerGas) },
            fitting,
            limit,
          )
    if (fees === null)
      return {
        text: `gas costs ${gwei(latest.baseFee + tip)} gwei, and at most ${gwei(limit)} may be paid: it waits`,
        refused: false,
      }
    const root = await this.#rootOf(pending)
    const data = chain.data(pending.size, root, hash("sha256", pending.note, "buffer"))
    const gas = gasLimit(await chain.gas(address, data))
    const [balance, nonce] = await Promise.all([chain.balance(address), raise?.nonce ?? chain.used(address)])
    if (balance < gas * fees.maxFeePerGas)
      return {
        text: `${address} has ${balance} wei, and the transaction may cost ${gas * fees.maxFeePerGas}: send it some`,
        refused: false,
      }
    const { raw, hash: name } = await signCall(this.#account, {
      chainId: this.#id,
      nonce,
      gas,
      to: chain.contract,
      data,
      ...fees,
    })
    const sent: Sent = {
      hash: name,
      raw,
      nonce,
      maxFeePerGas: String(fees.maxFeePerGas),
      maxPriorityFeePerGas: String(fees.maxPriorityFeePerGas),
      at: now(),
    }
    await this.#keep({ pending: { ...pending, sent: [...pending.sent, sent] } })
    this.#progress = `sent as transaction ${nonce} of ${address}`
    await chain.send(raw)
    return null
  }

  async #rootOf({ size }: Pending): Promise<Uint8Array> {
    const root = await this.#options.history.rootAt(size)
    if (root === null)
      throw new AnchorError("log", `the anchor log has fewer than the ${size} leaves that are on their way`)
    return root
  }

  async #follow(pending: Pending, latest: ChainHead): Promise<Problem | null> {
    const chain = this.#chain
    for (const sent of pending.sent.toReversed()) {
      const mined = await chain.mined(sent.hash)
      if (mined?.success === true) return this.#wait(pending, mined, latest)
    }
    const found = await this.#compare()
    if ("text" in found) return found
    if (found.size >= pending.size) return this.#adopt(pending, latest)
    const last = pending.sent.at(-1)
    if (last === undefined) return this.#sign(pending, latest, null)
    const used = await chain.used(this.#account.address)
    // Its number was used by something else, or it was refused: the next number.
    if (used > last.nonce) return this.#sign(bounded(pending), latest, null)
    if (used < last.nonce) return this.#fill(pending, last, used, latest)
    return this.#resend(pending, last, latest)
  }

  /** A reorganisation took away what had the numbers before: the same again, or this head with the number that is free. */
  async #fill(pending: Pending, last: Sent, used: number, latest: ChainHead): Promise<Problem | null> {
    const { now, raiseAfterMs } = this.#options
    const missing = (pending.before ?? []).filter(({ nonce }) => nonce >= used && nonce < last.nonce)
    if (missing.length === 0 || now() - last.at >= raiseAfterMs) return this.#sign(bounded(pending), latest, null)
    this.#progress = `waits for transaction ${used}, which a reorganisation took away`
    for (const { hash: name, raw } of [...missing, last])
      if (!(await this.#chain.knows(name))) await this.#chain.send(raw)
    return null
  }

  /** The same bytes once more, or with higher fees where they wait for too long. */
  async #resend(pending: Pending, last: Sent, latest: ChainHead): Promise<Problem | null> {
    const { now, raiseAfterMs, maxFeePerGas } = this.#options
    const isKnown = await this.#chain.knows(last.hash)
    this.#progress = `waits for a block as transaction ${last.nonce}, at ${gwei(BigInt(last.maxFeePerGas))} of at most ${gwei(maxFeePerGas)} gwei`
    const isDue = now() - last.at >= raiseAfterMs && pending.sent.length < MAX_SENT
    const problem = isDue ? await this.#sign(pending, latest, last) : null
    if (isDue && problem === null) return null
    if (!isKnown) await this.#chain.send(last.raw)
    return problem
  }

  /** A head that the contract has, by whichever transaction. */
  async #adopt(pending: Pending, latest: ChainHead): Promise<Problem | null> {
    const { size } = pending
    const name = await this.#chain.anchoring(size, latest.number)
    const mined = name === null ? null : await this.#chain.mined(name)
    if (mined !== null) return this.#wait(pending, mined, latest)
    // A later head covers it, or it was long ago: there is nothing to send, and the next head has evidence for this one too.
    await this.#keep({ pending: null })
    return null
  }

  async #wait(pending: Pending, mined: Mined, latest: ChainHead): Promise<Problem | null> {
    const { confirmations, directory, now } = this.#options
    const above = Number(latest.number - mined.blockNumber)
    this.#progress = `in block ${mined.blockNumber}, with ${Math.max(above, 0)} of ${confirmations} blocks above it`
    if (this.#state.pending === null) await this.#keep({ pending })
    if (above < confirmations) return null
    // A node may know a receipt of a block that is no longer on the chain.
    if ((await this.#chain.hashAt(mined.blockNumber)) !== mined.blockHash) return null
    const evidence = await buildEvidence(this.#chain, this.#id, mined, pending.note)
    await writeDurable(evidencePath(directory, pending.size), Buffer.from(formatEvmEvidence(evidence)))
    const confirmed: Confirmed = {
      pending,
      hash: mined.hash,
      blockNumber: String(mined.blockNumber),
      blockHash: mined.blockHash,
      at: now(),
    }
    const cost = {
      size: pending.size,
      at: now(),
      gasUsed: String(mined.gasUsed),
      cost: String(mined.cost),
      took: now() - pending.begun,
    }
    await this.#keep({ pending: null, confirmed, costs: [...this.#state.costs, cost] })
    return null
  }
}

/** Older forms whose number is used can come to be no more. */
const bounded = (pending: Pending): Pending => ({ ...pending, sent: pending.sent.slice(-MAX_SENT / 2) })

/** @throws AnchorError `key` that does not repeat it */
export const accountOf = (key: string): PrivateKeyAccount => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw new AnchorError("key", "the key of an EVM account is 64 hexadecimal digits, with 0x before them")
  return privateKeyToAccount(key as `0x${string}`)
}

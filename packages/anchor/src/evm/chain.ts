/** What the adapter asks of a chain, and nothing more, by viem. Amounts are in wei, times in milliseconds since 1970. */
import {
  type Address,
  createPublicClient,
  custom,
  decodeEventLog,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  keccak256,
  type PublicClient,
} from "viem"
import type { PrivateKeyAccount } from "viem/accounts"
import { AnchorError } from "../error.ts"
import { ABI, BYTECODE } from "../generated/contract.ts"
import type { Request } from "./rpc.ts"

export interface ChainHead {
  readonly number: bigint
  readonly hash: Hex
  readonly time: number
  /** EIP-1559. */
  readonly baseFee: bigint
}

/** A transaction in a block. */
export interface Mined {
  readonly hash: Hex
  readonly blockNumber: bigint
  readonly blockHash: Hex
  readonly success: boolean
  readonly gasUsed: bigint
  /** What it cost, with what a rollup charges for its data. */
  readonly cost: bigint
}

export interface ContractHead {
  readonly size: number
  readonly root: Uint8Array
}

/** What a transaction offers for each unit of gas. */
export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** A signed transaction, ready to be sent. */
export interface Signed {
  readonly hash: Hex
  readonly raw: Hex
}

const WINDOW = 2_000n
const LOOK_BACK = 50n

const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`
const bytesOf = (hex: Hex): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), "hex"))

export class Chain {
  readonly client: PublicClient
  readonly contract: Address
  constructor(request: Request, contract: Address) {
    this.client = createPublicClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
    this.contract = contract
  }

  id(): Promise<number> {
    return this.client.getChainId()
  }

  /** @throws AnchorError `chain` for a chain without EIP-1559 */
  async head(): Promise<ChainHead> {
    const { number, hash, timestamp, baseFeePerGas } = await this.client.getBlock({ blockTag: "latest" })
    if (baseFeePerGas === null)
      throw new AnchorError("chain", "the chain has no base fee (EIP-1559): it is not supported")
    return { number, hash, time: Number(timestamp) * 1000, baseFee: baseFeePerGas }
  }

  /** The hash of the chain's block of this number; null where it has none (yet, or any more). */
  async hashAt(blockNumber: bigint): Promise<Hex | null> {
    const block = await this.client.request({
      method: "eth_getBlockByNumber",
      params: [`0x${blockNumber.toString(16)}`, false],
    })
    return block?.hash ?? null
  }

  /** @returns what a block's producer takes beside the base fee */
  tip(): Promise<bigint> {
    return this.client.estimateMaxPriorityFeePerGas()
  }

  balance(address: Address): Promise<bigint> {
    return this.client.getBalance({ address })
  }

  /** Transactions of the address in blocks: the number that its next one must have. */
  used(address: Address): Promise<number> {
    return this.client.getTransactionCount({ address, blockTag: "latest" })
  }

  /** @returns null where the transaction is in no block */
  async mined(hash: Hex): Promise<Mined | null> {
    // Not viem's own, which takes an absent receipt for an error like any other.
    const found = await this.client.request({ method: "eth_getTransactionReceipt", params: [hash] })
    if (found === null) return null
    const { blockNumber, blockHash, status, gasUsed, effectiveGasPrice } = found
    const { l1Fee } = found as { readonly l1Fee?: Hex }
    const cost = BigInt(gasUsed) * BigInt(effectiveGasPrice) + BigInt(l1Fee ?? 0)
    return {
      hash,
      blockNumber: BigInt(blockNumber),
      blockHash,
      success: status === "0x1",
      gasUsed: BigInt(gasUsed),
      cost,
    }
  }

  /** Whether the node knows the transaction, in a block or waiting. */
  async knows(hash: Hex): Promise<boolean> {
    return (await this.client.request({ method: "eth_getTransactionByHash", params: [hash] })) !== null
  }

  /** @throws RpcError: whether the node took it is not known then */
  async send(raw: Hex): Promise<void> {
    await this.client.request({ method: "eth_sendRawTransaction", params: [raw] }, { retryCount: 0 })
  }

  /** Whose contract it is, of which log. @throws AnchorError `contract` where there is none */
  async about(): Promise<{ readonly operator: Address; readonly log: Uint8Array }> {
    const { client, contract: address } = this
    const code = await client.getCode({ address })
    if (code === undefined) throw new AnchorError("contract", `there is no contract at ${address} on this chain`)
    const [operator, log] = await Promise.all([
      client.readContract({ address, abi: ABI, functionName: "operator" }),
      client.readContract({ address, abi: ABI, functionName: "log" }),
    ])
    return { operator, log: bytesOf(log) }
  }

  /** The newest head that the contract holds, as of the newest block. */
  async contractHead(): Promise<ContractHead> {
    const { client, contract: address } = this
    // Of one block: two calls might see two.
    const blockNumber = await client.getBlockNumber()
    const [size, root] = await Promise.all([
      client.readContract({ address, abi: ABI, functionName: "size", blockNumber }),
      client.readContract({ address, abi: ABI, functionName: "root", blockNumber }),
    ])
    return { size: Number(size), root: bytesOf(root) }
  }

  /**
   * The transaction that anchored this size, wherever it came from. Nodes answer for few blocks at once, so it looks back step by step.
   * @returns null where none did in the last 100,000 blocks
   */
  async anchoring(size: number, latest: bigint): Promise<Hex | null> {
    for (let step = 0n, toBlock = latest; step < LOOK_BACK && toBlock >= 0n; step++, toBlock -= WINDOW) {
      const fromBlock = toBlock >= WINDOW ? toBlock - WINDOW + 1n : 0n
      const [found] = await this.client.getContractEvents({
        address: this.contract,
        abi: ABI,
        eventName: "Anchored",
        args: { size: BigInt(size) },
        fromBlock,
        toBlock,
      })
      if (found !== undefined) return found.transactionHash
    }
    return null
  }

  /** Every head that the contract was ever given, oldest first. @param from the first block to look in */
  async heads(from: bigint): Promise<ReadonlyArray<ContractHead>> {
    const heads: Array<ContractHead> = []
    const latest = await this.client.getBlockNumber()
    for (let fromBlock = from; fromBlock <= latest; fromBlock += WINDOW) {
      const last = fromBlock + WINDOW - 1n
      const events = await this.client.getContractEvents({
        address: this.contract,
        abi: ABI,
        eventName: "Anchored",
        strict: true,
        fromBlock,
        toBlock: last < latest ? last : latest,
      })
      heads.push(...events.map(({ args }) => ({ size: Number(args.size), root: bytesOf(args.root) })))
    }
    return heads
  }

  data(size: number, root: Uint8Array, note: Uint8Array): Hex {
    return encodeFunctionData({ abi: ABI, functionName: "anchor", args: [BigInt(size), hexOf(root), hexOf(note)] })
  }

  /** @throws RpcError where the call would be refused */
  gas(from: Address, data: Hex): Promise<bigint> {
    // As of the newest block: with what waits, the same call would be refused where it is on its way already.
    return this.client.estimateGas({ account: from, to: this.contract, data, blockTag: "latest" })
  }
}

export const signCall = async (
  account: PrivateKeyAccount,
  call: Fees & { readonly chainId: number; readonly nonce: number; readonly gas: bigint; readonly data: Hex } & {
    /** Null makes a contract. */
    readonly to: Address | null
  },
): Promise<Signed> => {
  const { to, ...rest } = call
  const raw = await account.signTransaction({ type: "eip1559", ...rest, ...(to === null ? {} : { to }) })
  return { raw, hash: keccak256(raw) }
}

/** What makes the contract. @param log SHA-256 of the anchor log's verifier key, as text */
export const deployData = (log: Uint8Array): Hex =>
  encodeDeployData({ abi: ABI, bytecode: BYTECODE, args: [hexOf(log)] })

/** What an event of the contract says; null where it is another one. */
export const anchoredIn = (
  topics: ReadonlyArray<Hex>,
  data: Hex,
): { readonly size: number; readonly root: Uint8Array; readonly note: Uint8Array } | null => {
  const [first, ...others] = topics
  if (first === undefined) return null
  try {
    const { eventName, args } = decodeEventLog({ abi: ABI, topics: [first, ...others], data, strict: true })
    if (eventName !== "Anchored") return null
    return { size: Number(args.size), root: bytesOf(args.root), note: bytesOf(args.note) }
  } catch {
    return null
  }
}

/** The header and the receipts of a block, in the bytes that the chain hashes, from what a node answers and back. */
import { concatHex, fromRlp, type Hex, toRlp } from "viem"

/** What eth_getBlockByNumber answers, as far as a header has it. Later forks added fields at the end. */
export type RpcBlock = Readonly<Record<string, unknown>> & { readonly hash: Hex; readonly receiptsRoot: Hex }

/** What eth_getBlockReceipts answers for each transaction, as far as a receipt is hashed. */
export interface RpcReceipt {
  readonly type?: Hex
  readonly status?: Hex
  readonly cumulativeGasUsed: Hex
  readonly logsBloom: Hex
  readonly logs: ReadonlyArray<{ readonly address: Hex; readonly topics: ReadonlyArray<Hex>; readonly data: Hex }>
}

/** A number has no leading zeros in RLP; 0 is empty. */
export const rlpNumber = (hex: Hex | number | bigint): Hex => {
  const digits = BigInt(hex).toString(16)
  return digits === "0" ? "0x" : `0x${digits.length % 2 === 1 ? "0" : ""}${digits}`
}

const HEADER: ReadonlyArray<readonly [name: string, isNumber: boolean]> = [
  ["parentHash", false],
  ["sha3Uncles", false],
  ["miner", false],
  ["stateRoot", false],
  ["transactionsRoot", false],
  ["receiptsRoot", false],
  ["logsBloom", false],
  ["difficulty", true],
  ["number", true],
  ["gasLimit", true],
  ["gasUsed", true],
  ["timestamp", true],
  ["extraData", false],
  ["mixHash", false],
  ["nonce", false],
  // London, Shanghai, Cancun (three), Prague.
  ["baseFeePerGas", true],
  ["withdrawalsRoot", false],
  ["blobGasUsed", true],
  ["excessBlobGas", true],
  ["parentBeaconBlockRoot", false],
  ["requestsHash", false],
]
const FIRST = 15
const [RECEIPTS_ROOT, NUMBER, TIMESTAMP] = [5, 8, 11]

/** The header's bytes: their Keccak-256 is the block's hash, unless the chain has fields of its own. */
export const headerOf = (block: RpcBlock): Hex => {
  const there = HEADER.filter(([name], at) => at < FIRST || (block[name] !== undefined && block[name] !== null))
  return toRlp(
    there.map(([name, isNumber]) => {
      const value = block[name] as Hex
      return isNumber ? rlpNumber(value) : value
    }),
  )
}

export interface Header {
  readonly receiptsRoot: Hex
  readonly number: bigint
  /** Milliseconds since 1970. */
  readonly time: number
}

const big = (hex: Hex): bigint => (hex === "0x" ? 0n : BigInt(hex))

/** @returns null for bytes that are no header */
export const readHeader = (rlp: Hex): Header | null => {
  try {
    const fields = fromRlp(rlp, "hex")
    if (typeof fields === "string" || fields.length < FIRST || fields.some((field) => typeof field !== "string"))
      return null
    const [receiptsRoot, number, time] = [RECEIPTS_ROOT, NUMBER, TIMESTAMP].map((at) => fields[at] as Hex)
    return { receiptsRoot: receiptsRoot!, number: big(number!), time: Number(big(time!)) * 1000 }
  } catch {
    return null
  }
}

/** The key of the transaction at this place of the block. */
export const receiptKey = (index: number): Hex => toRlp(rlpNumber(index))

/** EIP-2718: a typed receipt has its type before the RLP. */
export const receiptOf = ({ type = "0x0", status, cumulativeGasUsed, logsBloom, logs }: RpcReceipt): Hex => {
  const rlp = toRlp([
    rlpNumber(status ?? "0x0"),
    rlpNumber(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, [...topics], data]),
  ])
  const kind = rlpNumber(type)
  return kind === "0x" ? rlp : concatHex([kind, rlp])
}

export interface ReceiptLog {
  readonly address: Hex
  readonly topics: ReadonlyArray<Hex>
  readonly data: Hex
}

/** The events of a receipt of a transaction that succeeded; null where it failed, or the bytes are no receipt. */
export const logsIn = (receipt: Hex): ReadonlyArray<ReceiptLog> | null => {
  try {
    const isTyped = Number.parseInt(receipt.slice(2, 4), 16) < 0x80
    const fields = fromRlp(isTyped ? `0x${receipt.slice(4)}` : receipt, "hex")
    if (typeof fields === "string" || fields[0] !== "0x01") return null
    const logs = fields[3]
    if (logs === undefined || typeof logs === "string") return null
    return logs.map((log) => {
      const [address, topics, data] = log as [Hex, Hex[], Hex]
      return { address, topics, data }
    })
  } catch {
    return null
  }
}

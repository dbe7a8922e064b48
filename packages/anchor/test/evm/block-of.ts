/** A block that a test makes up: a header over receipts, one of which has the contract's event. No chain has it. */
import { hash } from "node:crypto"
import { encodeAbiParameters, encodeEventTopics, type Hex, toHex } from "viem"
import type { EvmEvidence } from "../../src/evm/index.ts"
import { headerOf, receiptKey, receiptOf } from "../../src/evm/proof/block.ts"
import { buildTrie } from "../../src/evm/proof/trie.ts"
import { ABI } from "../../src/generated/contract.ts"
import type { AnchorHead } from "../../src/index.ts"

export const CONTRACT = "0x5fbdb2315678afecb367f032d93f642f64180aa3"

const zero = (bytes: number): Hex => `0x${"00".repeat(bytes)}`

/** @param others receipts before it in the block */
export const evidenceOf = (head: AnchorHead, others = 4): EvmEvidence => {
  const topics = encodeEventTopics({ abi: ABI, eventName: "Anchored", args: { size: BigInt(head.size) } }) as Hex[]
  const note = toHex(hash("sha256", head.note, "buffer"))
  const data = encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [toHex(head.root), note])
  const log = { address: CONTRACT, topics, data } as const
  const receipts = Array.from({ length: others + 1 }, (_, at) =>
    receiptOf({
      type: "0x2",
      status: "0x1",
      cumulativeGasUsed: toHex(33_000 * (at + 1)),
      logsBloom: zero(256),
      logs: at === others ? [log] : [],
    }),
  )
  const items = receipts.map((value, at) => ({ key: receiptKey(at), value }))
  const { root, proof } = buildTrie(items, receiptKey(others))
  const number = toHex(1_000 + head.size)
  const header = headerOf({
    hash: zero(32),
    parentHash: zero(32),
    sha3Uncles: zero(32),
    miner: zero(20),
    stateRoot: zero(32),
    transactionsRoot: zero(32),
    receiptsRoot: root,
    logsBloom: zero(256),
    difficulty: "0x0",
    number,
    gasLimit: "0x1c9c380",
    gasUsed: "0x8235",
    timestamp: "0x6ab13b80",
    extraData: "0x",
    mixHash: zero(32),
    nonce: zero(8),
    baseFeePerGas: "0x7",
  })
  return {
    kind: "evm",
    chain: 1,
    contract: CONTRACT,
    transaction: zero(32),
    note: head.note,
    header,
    index: others,
    receipt: proof,
  }
}

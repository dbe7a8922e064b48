/**
 * Evidence that a head of the anchor log is on a chain: one file of JSON, that proves by hashes alone that a block with this header
 * holds the contract's event. Which block is on the chain only a node can say: the verifier's own.
 *
 *   {"format":"assay-anchor-evidence/1","kind":"evm","chain":1,"contract":"0x..","transaction":"0x..",
 *    "note":"<signed checkpoint>","header":"0x<RLP>","index":3,"receipt":["0x<node>",..]}
 *
 * header -> receiptsRoot -> the nodes of `receipt` -> the receipt of the transaction at `index` -> the event {size, root, note hash}
 * -> `note`. `transaction` is for people and nodes: a receipt does not hold its transaction's hash.
 */
import { hash } from "node:crypto"
import { equalHash, type Hash, NoteError, readCheckpoint } from "@assay/transparency"
import { type Address, type Hex, keccak256 } from "viem"
import { AnchorError } from "../../error.ts"
import { anchoredIn, type Chain } from "../chain.ts"
import { headerOf, logsIn, type RpcBlock, type RpcReceipt, readHeader, receiptKey, receiptOf } from "./block.ts"
import { buildTrie, valueInTrie } from "./trie.ts"

const EVIDENCE_FORMAT = "assay-anchor-evidence/1"
const MAX_BYTES = 4 << 20
const MAX_NODES = 64

export interface EvmEvidence {
  readonly kind: "evm"
  readonly chain: number
  readonly contract: Address
  readonly transaction: Hex
  /** The signed checkpoint of the anchor log. */
  readonly note: string
  readonly header: Hex
  /** Of the transaction in the block. */
  readonly index: number
  readonly receipt: ReadonlyArray<Hex>
}

/** What evidence proves, if the block is on the chain. */
export interface EvmAnchored {
  readonly chain: number
  readonly contract: Address
  readonly size: number
  readonly root: Hash
  readonly block: { readonly hash: Hex; readonly number: bigint; readonly time: number }
  readonly index: number
}

const sha256 = (text: string): Uint8Array => hash("sha256", text, "buffer")

const refuse = (why: string): AnchorError => new AnchorError("evidence", why)

/**
 * Made from what the node says of the block; checked as a stranger would before it is given back.
 * @throws RpcError; AnchorError `evidence` where the chain's blocks are of a form that is not known here
 */
export const buildEvidence = async (
  chain: Chain,
  chainId: number,
  { hash: transaction, blockHash }: { readonly hash: Hex; readonly blockHash: Hex },
  note: string,
): Promise<EvmEvidence> => {
  const { client, contract } = chain
  const block = (await client.request({ method: "eth_getBlockByHash", params: [blockHash, false] })) as unknown as
    | (RpcBlock & { readonly transactions: ReadonlyArray<Hex> })
    | null
  const receipts = (await client.request({
    // A method of all clients that viem has no type for.
    method: "eth_getBlockReceipts" as never,
    params: [blockHash] as never,
  })) as unknown as ReadonlyArray<RpcReceipt> | null
  if (block === null || receipts === null) throw refuse(`the node does not have block ${blockHash}`)
  const index = block.transactions.indexOf(transaction)
  if (index < 0) throw refuse(`block ${blockHash} does not hold ${transaction}`)
  const items = receipts.map((receipt, at) => ({ key: receiptKey(at), value: receiptOf(receipt) }))
  const { proof } = buildTrie(items, receiptKey(index))
  const evidence: EvmEvidence = {
    kind: "evm",
    chain: chainId,
    contract,
    transaction,
    note,
    header: headerOf(block),
    index,
    receipt: proof,
  }
  const { block: proven } = verifyEvmEvidence(evidence)
  if (proven.hash !== blockHash) throw refuse("the header that the node answers does not make the block's hash")
  return evidence
}

/** The file's one form. */
export const formatEvmEvidence = (evidence: EvmEvidence): string =>
  `${JSON.stringify({ format: EVIDENCE_FORMAT, ...evidence }, null, 2)}\n`

const isHex = (value: unknown): value is Hex => typeof value === "string" && /^0x(?:[0-9a-f]{2})*$/.test(value)

/** @throws AnchorError `evidence` that says what the file lacks */
export const parseEvmEvidence = (text: string): EvmEvidence => {
  if (text.length > MAX_BYTES) throw refuse("the evidence is too large")
  let members: Record<string, unknown> | null
  try {
    members = JSON.parse(text) as Record<string, unknown> | null
  } catch {
    throw refuse("the evidence is no JSON")
  }
  if (members?.["format"] !== EVIDENCE_FORMAT) throw refuse(`the file is no evidence of the format ${EVIDENCE_FORMAT}`)
  return evmEvidenceOf(members)
}

/** As `parseEvmEvidence`, of the members of an object. @throws AnchorError `evidence` */
export const evmEvidenceOf = (members: Readonly<Record<string, unknown>>): EvmEvidence => {
  const { kind, chain, contract, transaction, note, header, index, receipt } = members
  if (kind !== "evm") throw refuse(`evidence of the kind ${String(kind)} is not known here`)
  if (!Number.isSafeInteger(chain) || !Number.isSafeInteger(index) || (index as number) < 0)
    throw refuse("the evidence names no chain, or no place in the block")
  if (typeof contract !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(contract))
    throw refuse("the evidence names no contract")
  if (!isHex(transaction) || !isHex(header) || typeof note !== "string")
    throw refuse("the evidence lacks the transaction, the header or the checkpoint")
  if (!Array.isArray(receipt) || receipt.length > MAX_NODES || !receipt.every(isHex))
    throw refuse("the evidence lacks the nodes that lead to the receipt")
  return {
    kind: "evm",
    chain: chain as number,
    contract: contract as Address,
    transaction,
    note,
    header,
    index: index as number,
    receipt,
  }
}

/**
 * What the evidence proves by itself. The caller checks the note's signature, that chain and contract are those that it knows from
 * elsewhere, and that its own node has the block.
 * @throws AnchorError `evidence` that says why it proves nothing
 */
export const verifyEvmEvidence = (evidence: EvmEvidence): EvmAnchored => {
  const { chain, contract, note, header, index, receipt } = evidence
  const read = readHeader(header)
  if (read === null) throw refuse("the header is none")
  const value = valueInTrie(read.receiptsRoot, receiptKey(index), receipt)
  if (value === null) throw refuse("the nodes do not lead from the header to a receipt")
  const logs = logsIn(value)
  if (logs === null) throw refuse("the transaction failed, or its receipt is of no known form")
  const said = logs
    .filter(({ address }) => address.toLowerCase() === contract.toLowerCase())
    .map(({ topics, data }) => anchoredIn(topics, data))
    .find((event) => event !== null)
  if (said === undefined || said === null) throw refuse(`the transaction has no event of ${contract}`)
  if (!equalHash(said.note, sha256(note))) throw refuse("the event is of another checkpoint")
  try {
    const { size, root } = readCheckpoint(note)
    if (size !== said.size || !equalHash(root, said.root)) throw refuse("the event and the checkpoint name two trees")
    const block = { hash: keccak256(header), number: read.number, time: read.time }
    return { chain, contract, size, root, block, index }
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw refuse(cause.message)
  }
}

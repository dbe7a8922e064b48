/** Where a verifier says that a log is anchored, and what comes of looking there by means of his own. */
import { AnchorError, type AnchoredAt } from "@assay/anchor"
import { readBitcoinHeader } from "@assay/anchor/opentimestamps"
import { type Arguments, UsageError } from "../command.ts"
import type { Output } from "../output.ts"
import { type BlockCheck, checkBlock } from "./own-node.ts"

/** What the call asks for; one at least. */
export interface Places {
  readonly evm: {
    readonly chain: number
    readonly contract: string
    readonly rpc: string | null
    readonly block: string | null
    readonly confirmations: number
  } | null
  /** A header of Bitcoin. */
  readonly header: Uint8Array | null
}

/** @throws UsageError where the call names no place, or one that is none */
export const placesOf = (given: Arguments): Places => {
  const contract = given.text("contract")
  const header = given.text("bitcoin-header")
  if (contract === null && header === null)
    throw new UsageError("name where it is anchored: --chain N --contract ADDRESS, or --bitcoin-header HEX")
  if (contract !== null && !/^0x[0-9a-fA-F]{40}$/.test(contract))
    throw new UsageError(`--contract takes an address, not ${contract}`)
  if (header !== null && !/^[0-9a-fA-F]{160}$/.test(header))
    throw new UsageError("--bitcoin-header takes 160 hexadecimal digits: bitcoin-cli getblockheader HASH false")
  return {
    evm:
      contract === null
        ? null
        : {
            chain: given.whole("chain", 1, Number.MAX_SAFE_INTEGER),
            contract: contract.toLowerCase(),
            rpc: given.text("rpc"),
            block: given.text("block"),
            confirmations: given.whole("confirmations", 0, 1_000_000),
          },
    header: header === null ? null : Buffer.from(header, "hex"),
  }
}

/** An anchor that the call asks for, in a form for people and programs. */
export interface PlaceFacts {
  /** Of the anchor log. */
  readonly log: string
  readonly leaf: number
  readonly size: number
  readonly at: string
  readonly block: string
  readonly time: string
}

export interface Placed {
  readonly facts: ReadonlyArray<PlaceFacts>
  readonly checks: ReadonlyArray<BlockCheck>
}

type Found = readonly [PlaceFacts, BlockCheck]

const onBitcoin = ({ leaf, head, evidence }: AnchoredAt, bytes: Uint8Array): ReadonlyArray<Found> => {
  if (evidence.kind !== "opentimestamps") return []
  const header = readBitcoinHeader(bytes)
  const block = evidence.blocks.find(({ merkleRoot }) => Buffer.compare(merkleRoot, header.merkleRoot) === 0)
  const heights = evidence.blocks.map(({ height }) => height).join(", ")
  const facts: PlaceFacts = {
    log: head.origin,
    leaf,
    size: head.size,
    at: "Bitcoin",
    block: `${block?.height ?? heights} ${block === undefined ? "" : header.hash}`.trim(),
    time: new Date(header.time).toISOString(),
  }
  const check: BlockCheck =
    block === undefined
      ? { ok: false, text: `the timestamp leads to block ${heights}, and not to the one of --bitcoin-header` }
      : { ok: true, text: `the timestamp leads to the header of --bitcoin-header, of block ${block.height}` }
  return [[facts, check]]
}

const onEvm = async (
  { leaf, head, evidence }: AnchoredAt,
  asked: NonNullable<Places["evm"]>,
): Promise<ReadonlyArray<Found>> => {
  if (evidence.kind !== "evm" || evidence.chain !== asked.chain) return []
  if (evidence.contract.toLowerCase() !== asked.contract) return []
  const { block, chain, contract, index } = evidence
  const facts: PlaceFacts = {
    log: head.origin,
    leaf,
    size: head.size,
    at: `transaction ${index} to ${contract} on chain ${chain}`,
    block: `${block.number} ${block.hash}`,
    time: new Date(block.time).toISOString(),
  }
  return [[facts, await checkBlock(evidence, asked)]]
}

/**
 * @throws AnchorError `evidence` where the file has no anchor of a kind that the call asks for; UsageError; RpcError where the node
 *   does not answer
 */
export const checkPlaces = async (anchors: ReadonlyArray<AnchoredAt>, { evm, header }: Places): Promise<Placed> => {
  const found: Array<Found> = []
  if (evm !== null) {
    const own = (await Promise.all(anchors.map((anchor) => onEvm(anchor, evm)))).flat()
    if (own.length === 0)
      throw new AnchorError("evidence", `the file has no anchor at ${evm.contract} on chain ${evm.chain}`)
    found.push(...own)
  }
  if (header !== null) {
    const own = anchors.flatMap((anchor) => onBitcoin(anchor, header))
    if (own.length === 0) throw new AnchorError("evidence", "the file has no anchor by OpenTimestamps")
    found.push(...own)
  }
  return { facts: found.map(([facts]) => facts), checks: found.map(([, check]) => check) }
}

export const showPlaces = ({ facts, checks }: Placed, output: Output): void => {
  for (const { log, leaf, size, at, block, time } of facts) {
    output.say(`  that is leaf ${leaf} of the ${size} of ${log}`)
    output.say(`  whose head is at ${at}, in block ${block}, at ${time}`)
  }
  for (const { ok, text } of checks) output.say(`  ${output.colour(ok ? "yes" : "NO", ok ? "green" : "red")}: ${text}`)
}

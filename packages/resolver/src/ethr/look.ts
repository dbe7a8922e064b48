/**
 * What the registry of a chain (ERC-1056) says of the address of a did:ethr, asked of one node by JSON-RPC, as of a block that enough
 * others stand above: from `changed(address)` back through `previousChange` of each event, so that none is left out.
 */
import { type EthrChange, type EthrHistory, MAX_CHANGES, parseEthr } from "@assay/did-document"
import { decodeEventLog, decodeFunctionResult, encodeFunctionData, type Hex, pad, parseAbi } from "viem"

const ABI = parseAbi([
  "function changed(address identity) view returns (uint256)",
  "event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange)",
  "event DIDDelegateChanged(address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange)",
  "event DIDAttributeChanged(address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange)",
])

/** A call of a node. @throws where it has no result */
export type RpcRequest = (call: { readonly method: string; readonly params?: unknown }) => Promise<unknown>

/** A network of did:ethr, as the bundle names it. */
export interface EthrRegistry {
  readonly network: string
  readonly chain: number
  /** `0x` and 40 hex digits in lower case. */
  readonly registry: string
}

export interface EthrOptions {
  /** A node for each network, by its name. */
  readonly nodes: ReadonlyMap<string, RpcRequest>
  /** Registries of the bundle in force. */
  readonly registries: () => ReadonlyArray<EthrRegistry>
  /** Blocks that must stand above what is read. */
  readonly confirmations: number
}

/** Longest that all calls of one look take together, milliseconds. */
const TIMEOUT_MS = 30_000

interface Log {
  readonly address: string
  readonly topics: [Hex, ...Array<Hex>]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly logIndex: Hex
  readonly removed?: boolean
}

const hex = (number: number): Hex => `0x${number.toString(16)}`

class NotAnswered extends Error {
  override readonly name = "NotAnswered"
}

/** One event, and in which block the one before it lies. */
const changeOf = (log: Log, block: number): { readonly change: EthrChange; readonly previous: number } => {
  const { eventName, args } = decodeEventLog({ abi: ABI, topics: log.topics, data: log.data, strict: true })
  const previous = Number(args.previousChange)
  if (eventName === "DIDOwnerChanged")
    return { previous, change: { block, kind: "owner", owner: args.owner.toLowerCase() } }
  const validTo = String(args.validTo)
  if (eventName === "DIDDelegateChanged") {
    const [type, delegate] = [args.delegateType.toLowerCase(), args.delegate.toLowerCase()]
    return { previous, change: { block, kind: "delegate", type, delegate, validTo } }
  }
  const [name, value] = [args.name.toLowerCase(), args.value.toLowerCase()]
  return { previous, change: { block, kind: "attribute", name, value, validTo } }
}

/** The changes of one block, in their order, and the block of those before. @throws NotAnswered */
const changesIn = async (
  request: RpcRequest,
  registry: string,
  address: string,
  block: number,
): Promise<{ readonly changes: ReadonlyArray<EthrChange>; readonly previous: number }> => {
  const filter = { address: registry, topics: [null, pad(address as Hex)], fromBlock: hex(block), toBlock: hex(block) }
  const logs = (await request({ method: "eth_getLogs", params: [filter] })) as ReadonlyArray<Log>
  if (logs.length === 0) throw new NotAnswered(`the node has no events of block ${block}: it must keep all of them`)
  const own = logs.filter((log) => log.address.toLowerCase() === registry && log.removed !== true)
  const ordered = own.toSorted((a, b) => Number(a.logIndex) - Number(b.logIndex)).map((log) => changeOf(log, block))
  const previous = ordered[0]?.previous ?? block
  // The first of a block names an earlier one, and each after it this one.
  if (previous >= block || ordered.slice(1).some((one) => one.previous !== block))
    throw new NotAnswered(`the events of block ${block} do not follow each other: the node leaves some out`)
  return { changes: ordered.map(({ change }) => change), previous }
}

const hashAt = async (request: RpcRequest, block: number): Promise<string> => {
  const found = (await request({ method: "eth_getBlockByNumber", params: [hex(block), false] })) as {
    hash: string
  } | null
  if (found === null) throw new NotAnswered(`the node has no block ${block}`)
  return found.hash
}

/** @throws NotAnswered; what the node's calls throw */
export const ethrHistory = async (
  request: RpcRequest,
  { chain, registry }: Pick<EthrRegistry, "chain" | "registry">,
  address: string,
  confirmations: number,
): Promise<EthrHistory> => {
  const said = Number(await request({ method: "eth_chainId" }))
  if (said !== chain) throw new NotAnswered(`the node is of chain ${said}, and the bundle names chain ${chain}`)
  const head = Number(await request({ method: "eth_blockNumber" }))
  const at = Math.max(0, head - confirmations)
  const hash = await hashAt(request, at)
  const data = encodeFunctionData({ abi: ABI, functionName: "changed", args: [address as Hex] })
  const answer = (await request({ method: "eth_call", params: [{ to: registry, data }, hex(at)] })) as Hex
  if (answer === "0x") throw new NotAnswered(`there is no registry at ${registry} in block ${at}`)
  const until = Date.now() + TIMEOUT_MS
  let changes: ReadonlyArray<EthrChange> = []
  let block = Number(decodeFunctionResult({ abi: ABI, functionName: "changed", data: answer }))
  while (block > 0) {
    const found = await changesIn(request, registry, address, block)
    changes = [...found.changes, ...changes]
    if (changes.length > MAX_CHANGES) throw new NotAnswered(`it has more than ${MAX_CHANGES} changes`)
    if (Date.now() > until) throw new NotAnswered(`the node took more than ${TIMEOUT_MS} ms`)
    block = found.previous
  }
  if ((await hashAt(request, at)) !== hash) throw new NotAnswered("the chain was reorganised while it was read")
  return { chain, registry, changes }
}

/** Why there is no history; the detail may be what a node wrote. */
export interface NoHistory {
  readonly why: "invalid" | "not_allowed" | "unreachable"
  readonly detail: string
}

/** The history as it is signed, or why there is none. Never rejects. */
export const lookEthr = async (
  did: string,
  { nodes, registries, confirmations }: EthrOptions,
): Promise<string | NoHistory> => {
  const name = parseEthr(did)
  if (name === null)
    return { why: "invalid", detail: "not a did:ethr of an address: did:ethr:NETWORK:0x and 40 hex digits" }
  const { network, address } = name
  const registry = registries().find((one) => one.network === network)
  const request = nodes.get(network)
  if (registry === undefined || request === undefined)
    return {
      why: "not_allowed",
      detail:
        registry === undefined
          ? `the bundle in force names no registry of ${network}`
          : `no node of ${network} is named`,
    }
  try {
    return JSON.stringify(await ethrHistory(request, registry, address, confirmations))
  } catch (cause) {
    return { why: "unreachable", detail: (cause as Error).message }
  }
}

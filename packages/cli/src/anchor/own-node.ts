/** What a verifier's own node says of the block that evidence names. */
import { type EvmAnchored, type Request, rpcAt } from "@assay/anchor/evm"
import { UsageError } from "../command.ts"

/** Whether the chain has the block: what was asked, and what it came to. */
export interface BlockCheck {
  readonly ok: boolean
  readonly text: string
}

const number = (value: unknown): number => Number(value)

const askNode = async (request: Request, { chain, block }: EvmAnchored, confirmations: number): Promise<BlockCheck> => {
  const id = number(await request({ method: "eth_chainId" }))
  if (id !== chain) return { ok: false, text: `the node is of chain ${id}, and the evidence of chain ${chain}` }
  const there = (await request({
    method: "eth_getBlockByNumber",
    params: [`0x${block.number.toString(16)}`, false],
  })) as { readonly hash?: unknown } | null
  if (there?.hash !== block.hash)
    return {
      ok: false,
      text: `the node's block ${block.number} is ${String(there?.hash ?? "not there")}, not ${block.hash}`,
    }
  const above = number(await request({ method: "eth_blockNumber" })) - Number(block.number)
  return above >= confirmations
    ? { ok: true, text: `the node has this block, and ${above} above it` }
    : { ok: false, text: `the node has this block, but only ${above} of ${confirmations} above it` }
}

/**
 * @param given `rpc`: the URL of a node; `block`: a hash that the caller knows to be on the chain; null where the call has neither
 * @throws UsageError for a URL that is none; RpcError where the node does not answer
 */
export const checkBlock = async (
  anchored: EvmAnchored,
  given: { readonly rpc: string | null; readonly block: string | null; readonly confirmations: number },
): Promise<BlockCheck> => {
  const { rpc, block, confirmations } = given
  if (rpc !== null) {
    if (!URL.canParse(rpc)) throw new UsageError("--rpc takes the http or https URL of a node of your own")
    return askNode(rpcAt(rpc), anchored, confirmations)
  }
  const { hash } = anchored.block
  if (block === null)
    return { ok: false, text: "nobody was asked whether the chain has this block: name a node of your own with --rpc" }
  return block.toLowerCase() === hash
    ? { ok: true, text: "this is the block that --block names" }
    : { ok: false, text: `the evidence is of block ${hash}, not of the one that --block names` }
}

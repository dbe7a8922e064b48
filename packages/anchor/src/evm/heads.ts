/** What a contract was given, as a node of the caller's own says. */
import { equalHash, type VerifierKey } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { logIdOf } from "./adapter.ts"
import { Chain, type ContractHead } from "./chain.ts"
import { nodeError, type Request } from "./rpc.ts"

/**
 * @param fromBlock the contract was made in it, or later
 * @returns every head, oldest first
 * @throws AnchorError `chain`, `contract` where it is another chain, or the contract of another log; RpcError
 */
export const contractHeads = async (
  request: Request,
  place: { readonly chain: number; readonly contract: `0x${string}`; readonly fromBlock: bigint },
  log: VerifierKey,
): Promise<ReadonlyArray<ContractHead>> => {
  const chain = new Chain(request, place.contract)
  try {
    const id = await chain.id()
    if (id !== place.chain) throw new AnchorError("chain", `the node is of chain ${id}, not of chain ${place.chain}`)
    if (!equalHash((await chain.about()).log, logIdOf(log)))
      throw new AnchorError("contract", `the contract is not of the log ${log.name} with this key`)
    return await chain.heads(place.fromBlock)
  } catch (cause) {
    throw nodeError(cause)
  }
}

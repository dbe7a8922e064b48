/** What a contract was given, as a node of the caller's own says. */
import { equalHash, type VerifierKey } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { Chain, type ContractHead } from "./chain.ts"
import { logIdOf } from "./contract-log.ts"
import { nodeError, type Request } from "./rpc.ts"

export interface ContractPlace {
  readonly chain: number
  readonly contract: `0x${string}`
}

/** @throws AnchorError `chain`, `contract` */
const openContract = async (request: Request, place: ContractPlace, log: VerifierKey): Promise<Chain> => {
  const chain = new Chain(request, place.contract)
  const id = await chain.id()
  if (id !== place.chain) throw new AnchorError("chain", `the node is of chain ${id}, not of chain ${place.chain}`)
  if (!equalHash((await chain.about()).log, logIdOf(log)))
    throw new AnchorError("contract", `the contract is not of the log ${log.name} with this key`)
  return chain
}

/** The newest head that the contract holds. @throws as `contractHeads` */
export const newestHead = async (request: Request, place: ContractPlace, log: VerifierKey): Promise<ContractHead> => {
  try {
    return await (await openContract(request, place, log)).contractHead()
  } catch (cause) {
    throw nodeError(cause)
  }
}

/**
 * @param fromBlock the contract was made in it, or later
 * @returns every head, oldest first
 * @throws AnchorError `chain`, `contract` where it is another chain, or the contract of another log; RpcError
 */
export const contractHeads = async (
  request: Request,
  place: ContractPlace & { readonly fromBlock: bigint },
  log: VerifierKey,
): Promise<ReadonlyArray<ContractHead>> => {
  try {
    return await (await openContract(request, place, log)).heads(place.fromBlock)
  } catch (cause) {
    throw nodeError(cause)
  }
}

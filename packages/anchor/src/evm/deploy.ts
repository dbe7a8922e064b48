/** Makes the contract of a log: once, by whoever will anchor. */
import { setTimeout as sleep } from "node:timers/promises"
import type { VerifierKey } from "@assay/transparency"
import type { Address } from "viem"
import { AnchorError } from "../error.ts"
import { accountOf } from "./account.ts"
import { Chain, deployData, signCall } from "./chain.ts"
import { logIdOf } from "./contract-log.ts"
import { feesFor } from "./fees.ts"
import { nodeError, type Request } from "./rpc.ts"

export interface DeployOptions {
  readonly request: Request
  readonly key: string
  readonly log: VerifierKey
  /** In wei for each unit of gas. */
  readonly maxFeePerGas: bigint
  /** How long to wait for its block. */
  readonly timeoutMs: number
  readonly pollMs?: number
}

const NOWHERE: Address = "0x0000000000000000000000000000000000000000"

export interface Deployed {
  readonly chain: number
  readonly contract: Address
  readonly transaction: string
  /** In wei. */
  readonly cost: bigint
}

/** @throws AnchorError, RpcError. Called again after an error it may make a second contract: look for the first before */
export const deployContract = (options: DeployOptions): Promise<Deployed> =>
  deployed(options).catch((cause: unknown) => {
    throw nodeError(cause)
  })

const deployed = async (options: DeployOptions): Promise<Deployed> => {
  const { request, log, maxFeePerGas, timeoutMs, pollMs = 1_000 } = options
  const account = accountOf(options.key)
  const chain = new Chain(request, NOWHERE)
  const [chainId, head, tip, nonce] = await Promise.all([
    chain.id(),
    chain.head(),
    chain.tip(),
    chain.used(account.address),
  ])
  const fees = feesFor(head.baseFee, tip, maxFeePerGas)
  if (fees === null)
    throw new AnchorError(
      "chain",
      `gas costs ${head.baseFee + tip} wei now, more than may be paid: wait, or raise the limit`,
    )
  const data = deployData(logIdOf(log))
  const gas = await chain.client.estimateGas({ account: account.address, data })
  const { raw, hash } = await signCall(account, { chainId, nonce, gas: gas + gas / 4n, to: null, data, ...fees })
  await chain.send(raw)
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(pollMs)) {
    const receipt = await chain.client.request({ method: "eth_getTransactionReceipt", params: [hash] })
    if (receipt === null) continue
    if (receipt.status !== "0x1" || !receipt.contractAddress)
      throw new AnchorError("chain", `transaction ${hash} made no contract`)
    const cost = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)
    return { chain: chainId, contract: receipt.contractAddress, transaction: hash, cost }
  }
  throw new AnchorError("chain", `transaction ${hash} is in no block yet: look for it before you deploy again`)
}

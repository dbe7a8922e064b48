/** A contract on a real EVM, an anchor log, and the adapter between them. */

import { ADDRESS, type Anvil, KEY, startAnvil } from "@assay/testkit/anvil"
import { onTestFinished } from "vitest"
import { deployContract, EvmAnchor, type EvmOptions, type Request } from "../../src/evm/index.ts"
import { AnchorError, type AnchorHead, type AnchorLog, type AnchorStatus } from "../../src/index.ts"
import { KEY_OF_LOG, openLog, SIGNER, scratch } from "../plant.ts"

const GWEI = 1_000_000_000n

export interface Deployment {
  readonly anvil: Anvil
  readonly log: AnchorLog
  readonly options: EvmOptions
  /** The time that adapters read; it starts with the chain's. */
  readonly clock: { ms: number }
  open(change?: Partial<EvmOptions>): Promise<EvmAnchor>
  grow(what?: string): Promise<AnchorHead>
  /** Transactions of the operator's account in blocks, without that of the contract. */
  used(): Promise<number>
  /** The heads that the contract's events name, oldest first. */
  anchored(): Promise<ReadonlyArray<number>>
}

/** Makes the contract in a block of its own. */
const deploy = async (anvil: Anvil): Promise<EvmOptions["contract"]> => {
  const deploying = deployContract({
    request: anvil.request,
    key: KEY,
    log: KEY_OF_LOG,
    maxFeePerGas: 100n * GWEI,
    timeoutMs: 30_000,
    pollMs: 5,
  })
  // It waits for a block, and this chain makes one when it is asked to.
  for (let isDone = false; !isDone; ) {
    isDone = await Promise.race([deploying.then(() => true), new Promise<boolean>((r) => setTimeout(r, 20, false))])
    if (!isDone) await anvil.mine()
  }
  return (await deploying).contract
}

export const startDeployment = async (): Promise<Deployment> => {
  const anvil = await startAnvil()
  onTestFinished(() => anvil.stop())
  const contract = await deploy(anvil)
  const log = await openLog()
  const clock = { ms: Date.now() }
  const options: EvmOptions = {
    request: anvil.request,
    contract,
    key: KEY,
    log: KEY_OF_LOG,
    history: log,
    directory: scratch(),
    confirmations: 3,
    maxFeePerGas: 100n * GWEI,
    raiseAfterMs: 60_000,
    stallMs: 3_600_000,
    now: () => clock.ms,
  }
  const used = async (): Promise<number> => {
    const count = await anvil.request({ method: "eth_getTransactionCount", params: [ADDRESS, "latest"] })
    return Number(count) - 1
  }
  return {
    anvil,
    log,
    options,
    clock,
    open: (change = {}) => EvmAnchor.open({ ...options, ...change }),
    grow: (what = `checkpoint ${log.head?.size ?? 0}`) => log.append([Buffer.from(what)], SIGNER),
    used,
    anchored: async () => {
      const logs = (await anvil.request({
        method: "eth_getLogs",
        params: [{ address: contract, fromBlock: "0x0", toBlock: "latest" }],
      })) as ReadonlyArray<{ readonly topics: ReadonlyArray<string> }>
      return logs.map(({ topics }) => Number(topics[1]))
    },
  }
}

/** Steps of the adapter with a block after each, until the newest head counts. @throws where it does not in so many */
export const settle = async (
  { anvil, log }: Pick<Deployment, "anvil" | "log">,
  anchor: EvmAnchor,
  steps = 20,
): Promise<AnchorStatus> => {
  for (let step = 0; ; step++) {
    const status = await anchor.advance(log.head)
    if (status.confirmed === log.head?.size) return status
    if (step === steps) throw new AnchorError("chain", `not there after ${steps} steps: ${JSON.stringify(status)}`)
    await anvil.mine()
  }
}

/** A node that fails as `fault` says for a call: `before` it gets there, or `after` it was answered, so that the answer is lost. */
export const faulty =
  (request: Request, fault: (method: string) => "before" | "after" | null): Request =>
  async (call) => {
    const where = fault(call.method)
    if (where === "before") throw new Error("the connection broke before the call")
    const answer = await request(call)
    if (where === "after") throw new Error("the connection broke, and the answer was lost")
    return answer
  }

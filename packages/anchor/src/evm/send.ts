/** How a head becomes a transaction: priced, signed, kept, sent, in this order. */
import { hash } from "node:crypto"
import { AnchorError } from "../error.ts"
import { type ChainHead, type Fees, signCall } from "./chain.ts"
import { feesFor, raisedFees } from "./fees.ts"
import type { Pending, Sent } from "./state.ts"
import { type EvmWork, gwei, type Problem, waits } from "./work.ts"

/** How much more gas than estimated is allowed: the contract's storage may have grown by then. */
const gasLimit = (estimated: bigint): bigint => estimated + estimated / 4n

const rootOf = async ({ options: { history } }: EvmWork, { size }: Pending): Promise<Uint8Array> => {
  const root = await history.rootAt(size)
  if (root === null)
    throw new AnchorError("log", `the anchor log has fewer than the ${size} leaves that are on their way`)
  return root
}

/** @param raise what was offered last, where it is the same number again. @returns null where the limit is below */
const offered = (latest: ChainHead, tip: bigint, limit: bigint, raise: Sent | null): Fees | null => {
  const fitting = feesFor(latest.baseFee, tip, limit)
  // A little more than before, for a block that asks for more than may be paid, is of no use.
  if (raise === null || fitting === null) return fitting
  const last = {
    maxFeePerGas: BigInt(raise.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(raise.maxPriorityFeePerGas),
  }
  return raisedFees(last, fitting, limit)
}

/**
 * The transaction is durable before it is sent: after a crash the very same bytes go out again.
 * @param raise the last form of it, where it is sent with higher fees under the same number; null: with the next number
 */
export const send = async (
  work: EvmWork,
  pending: Pending,
  latest: ChainHead,
  raise: Sent | null,
): Promise<Problem | null> => {
  const { chain, account, chainId, counted } = work
  const { maxFeePerGas: limit, now } = work.options
  const { address } = account
  const tip = await chain.tip()
  const fees = offered(latest, tip, limit, raise)
  if (fees === null)
    return waits(`gas costs ${gwei(latest.baseFee + tip)} gwei, and at most ${gwei(limit)} may be paid: it waits`)
  const data = chain.data(pending.size, await rootOf(work, pending), hash("sha256", pending.note, "buffer"))
  const gas = gasLimit(await chain.gas(address, data))
  const [balance, nonce] = await Promise.all([chain.balance(address), raise?.nonce ?? chain.used(address)])
  counted.balance = balance
  if (balance < gas * fees.maxFeePerGas)
    return waits(`${address} has ${balance} wei, and the transaction may cost ${gas * fees.maxFeePerGas}: send it some`)
  const { raw, hash: name } = await signCall(account, { chainId, nonce, gas, to: chain.contract, data, ...fees })
  const sent: Sent = {
    hash: name,
    raw,
    nonce,
    maxFeePerGas: String(fees.maxFeePerGas),
    maxPriorityFeePerGas: String(fees.maxPriorityFeePerGas),
    at: now(),
  }
  await work.keep({ pending: { ...pending, sent: [...pending.sent, sent] } })
  work.progress = `sent as transaction ${nonce} of ${address}`
  counted.sent += 1
  await chain.send(raw)
  return null
}

/** What is offered for a transaction, as EIP-1559 has it; all in wei for each unit of gas. */
import type { Fees } from "./chain.ts"

/**
 * Twice the base fee, so that it may double before the transaction no longer fits into a block.
 * @param limit what may be offered at most
 * @returns null where even the base fee of now, with the tip, is above the limit: wait
 */
export const feesFor = (baseFee: bigint, tip: bigint, limit: bigint): Fees | null => {
  if (baseFee + tip > limit) return null
  const wanted = 2n * baseFee + tip
  return { maxFeePerGas: wanted > limit ? limit : wanted, maxPriorityFeePerGas: tip }
}

/** Nodes take another transaction of the same number only where it offers a tenth more; an eighth is enough with rounding. */
const raised = (amount: bigint): bigint => amount + amount / 8n + 1n

/**
 * For the same transaction once more.
 * @param now what would be offered for a new one
 * @returns null where the rise is above the limit: what was sent stays as it is
 */
export const raisedFees = (last: Fees, now: Fees, limit: bigint): Fees | null => {
  const least = { fee: raised(last.maxFeePerGas), tip: raised(last.maxPriorityFeePerGas) }
  const fee = now.maxFeePerGas > least.fee ? now.maxFeePerGas : least.fee
  const tip = now.maxPriorityFeePerGas > least.tip ? now.maxPriorityFeePerGas : least.tip
  return fee > limit ? null : { maxFeePerGas: fee, maxPriorityFeePerGas: tip > fee ? fee : tip }
}

import { expect, test } from "vitest"
import { feesFor, raisedFees } from "../../src/evm/fees.ts"

test("twice the base fee, never above the limit, and nothing where that is too little for the block of now", () => {
  expect(feesFor(10n, 2n, 100n)).toEqual({ maxFeePerGas: 22n, maxPriorityFeePerGas: 2n })
  expect(feesFor(60n, 2n, 100n)).toEqual({ maxFeePerGas: 100n, maxPriorityFeePerGas: 2n })
  expect(feesFor(99n, 2n, 100n)).toBeNull()
})

test("a second offer is at least an eighth higher in both, follows the market, and ends at the limit", () => {
  const last = { maxFeePerGas: 80n, maxPriorityFeePerGas: 8n }
  const low = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  expect(raisedFees(last, low, 1_000n)).toEqual({ maxFeePerGas: 91n, maxPriorityFeePerGas: 10n })
  expect(raisedFees(last, { maxFeePerGas: 300n, maxPriorityFeePerGas: 9n }, 1_000n)).toEqual({
    maxFeePerGas: 300n,
    maxPriorityFeePerGas: 10n,
  })
  expect(raisedFees(last, low, 90n)).toBeNull()
  expect(raisedFees(low, low, 10n)).toEqual({
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  })
})

import { expect, test } from "vitest"
import { RpcError, rpcAt } from "../src/evm/index.ts"
import { type Anchor, AnchorError, whenReachable } from "../src/index.ts"

const isAway = (cause: unknown): boolean => cause instanceof RpcError
const there: Anchor = {
  name: "there",
  advance: async () => ({ confirmed: 7, confirmedAt: 1, pending: null, problem: null, transactions: null }),
}

test("a place that is away is a problem until it answers; then it is opened, once", async () => {
  let tries = 0
  const nobody = rpcAt("http://127.0.0.1:1")
  const open = async (): Promise<Anchor> => {
    tries += 1
    if (tries < 3) await nobody({ method: "eth_chainId" })
    return there
  }
  const anchor = await whenReachable("evm", open, isAway)
  expect(anchor.name).toBe("evm")
  expect(await anchor.advance(null)).toMatchObject({
    confirmed: 0,
    problem: { text: expect.stringMatching(/eth_chainId at 127\.0\.0\.1:1/), refused: false },
  })
  for (let i = 0; i < 2; i++) expect(await anchor.advance(null)).toMatchObject({ confirmed: 7, problem: null })
  expect([anchor.name, tries]).toEqual(["there", 3])
})

test("a wrong configuration is an error at once", async () => {
  const open = async (): Promise<Anchor> => {
    throw new AnchorError("contract", "there is no contract")
  }
  await expect(whenReachable("evm", open, isAway)).rejects.toThrow(/there is no contract/)
})

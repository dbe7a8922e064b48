/** One short run against a real EVM; what goes wrong there is in faults.long.test.ts. */
import { readFileSync } from "node:fs"
import { KEY, OTHER_KEY } from "@assay/testkit/anvil"
import { openCheckpoint, verifierKey } from "@assay/transparency"
import { createPublicClient, custom, type Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { expect, test } from "vitest"
import { EvmAnchor, evidencePath, parseEvmEvidence, verifyEvmEvidence } from "../../src/evm/index.ts"
import { ABI } from "../../src/generated/contract.ts"
import { hex, KEY_OF_LOG, scratch, signerOf } from "../plant.ts"
import { settle, startDeployment } from "./deployment.ts"

const bytes32 = (fill: number): Hex => `0x${fill.toString(16).padStart(2, "0").repeat(32)}`

test("a head goes into a block, counts after so many more, and its evidence convinces whoever has that block", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, options, grow, used, anchored } = deployment
  const anchor = await open()
  expect(await anchor.advance(log.head)).toMatchObject({ confirmed: 0, pending: null, problem: null })
  await grow()
  expect(await anchor.advance(log.head)).toMatchObject({ confirmed: 0, pending: { size: 1 }, problem: null })
  // What comes while one is on its way waits for the next.
  await grow()
  await grow()
  await anvil.mine(3)
  expect((await anchor.advance(log.head)).pending?.text).toMatch(/with 2 of 3 blocks above it/)
  await anvil.mine()
  expect(await anchor.advance(log.head)).toMatchObject({ confirmed: 1, pending: null, problem: null })
  expect(await settle(deployment, anchor)).toMatchObject({ confirmed: 3, problem: null })
  expect([await anchored(), await used()]).toEqual([[1, 3], 2])

  const file = readFileSync(evidencePath(options.directory, 3), "utf8")
  const evidence = parseEvmEvidence(file)
  const proven = verifyEvmEvidence(evidence)
  expect(proven).toMatchObject({ chain: 31_337, size: 3 })
  expect(hex(proven.root)).toBe(hex(log.head!.root))
  expect(openCheckpoint(evidence.note, KEY_OF_LOG).size).toBe(3)
  const block = (await anvil.request({
    method: "eth_getBlockByNumber",
    params: [`0x${proven.block.number.toString(16)}`, false],
  })) as { readonly hash: Hex; readonly transactions: ReadonlyArray<Hex> }
  expect(block.hash).toBe(proven.block.hash)
  expect(block.transactions[proven.index]).toBe(evidence.transaction)

  const changes = [
    { note: log.head!.note.replace("\n3\n", "\n4\n") },
    { contract: "0x0000000000000000000000000000000000000001" },
    { index: 1 },
    { header: evidence.header.replace(/.{4}$/, "0000") as Hex },
    { header: "0xc0" },
    { receipt: [] },
  ] as const
  // The last bytes of the header are no root, so that change shows in the block's hash alone.
  for (const change of changes) {
    const changed = { ...evidence, ...change }
    if ("header" in change && change.header !== "0xc0")
      expect(verifyEvmEvidence(changed).block.hash).not.toBe(block.hash)
    else expect(() => verifyEvmEvidence(changed)).toThrow()
  }

  const client = createPublicClient({ transport: custom(anvil, { retryCount: 0 }) })
  const call = (key: Hex, size: bigint, root: Hex) =>
    client.simulateContract({
      account: privateKeyToAccount(key).address,
      address: options.contract,
      abi: ABI,
      functionName: "anchor",
      args: [size, root, bytes32(1)],
    })
  const same = `0x${hex(log.head!.root)}` as const
  await expect(call(OTHER_KEY, 9n, bytes32(9))).rejects.toThrow(/NotOperator/)
  await expect(call(KEY, 3n, bytes32(9))).rejects.toThrow(/OtherRoot/)
  await expect(call(KEY, 3n, same)).rejects.toThrow(/NotGrowing/)
  await expect(call(KEY, 2n, bytes32(9))).rejects.toThrow(/NotGrowing/)
  await call(KEY, 4n, bytes32(9))

  const other = verifierKey("plant.example/anchor", signerOf("another").publicKey)
  await expect(open({ key: OTHER_KEY })).rejects.toMatchObject({ code: "key" })
  await expect(open({ log: other })).rejects.toMatchObject({ code: "contract" })
  await expect(open({ contract: "0x0000000000000000000000000000000000000001" })).rejects.toMatchObject({
    code: "contract",
  })
  await expect(EvmAnchor.open({ ...options, key: "0x12", directory: scratch() })).rejects.toMatchObject({ code: "key" })
})

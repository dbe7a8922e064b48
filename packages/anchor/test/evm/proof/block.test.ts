import { type Hex, keccak256 } from "viem"
import { expect, test } from "vitest"
import { headerOf, logsIn, readHeader, receiptOf } from "../../../src/evm/proof/block.ts"
import { EMPTY_TRIE } from "../../../src/evm/proof/trie.ts"

const zero = (bytes: number): Hex => `0x${"00".repeat(bytes)}`

/** Block 0 of Ethereum's main chain. */
const GENESIS = {
  hash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
  parentHash: zero(32),
  sha3Uncles: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  miner: zero(20),
  stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
  transactionsRoot: EMPTY_TRIE,
  receiptsRoot: EMPTY_TRIE,
  logsBloom: zero(256),
  difficulty: "0x400000000",
  number: "0x0",
  gasLimit: "0x1388",
  gasUsed: "0x0",
  timestamp: "0x0",
  extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
  mixHash: zero(32),
  nonce: "0x0000000000000042",
} as const

test("a header's bytes hash to the block that everybody knows", () => {
  expect(keccak256(headerOf(GENESIS))).toBe(GENESIS.hash)
  expect(readHeader(headerOf(GENESIS))).toEqual({ receiptsRoot: EMPTY_TRIE, number: 0n, time: 0 })
})

test("what is no header, and what is no receipt of a success, is none", () => {
  for (const bytes of ["0x", "0x80", "0xc0", "0xff", "0xc20102"] as const) {
    expect(readHeader(bytes)).toBeNull()
    expect(logsIn(bytes)).toBeNull()
  }
  const receipt = { cumulativeGasUsed: "0x5208", logsBloom: zero(256), logs: [] } as const
  expect(logsIn(receiptOf({ ...receipt, status: "0x1" }))).toEqual([])
  expect(logsIn(receiptOf({ ...receipt, status: "0x1", type: "0x2" }))).toEqual([])
  expect(logsIn(receiptOf({ ...receipt, status: "0x0", type: "0x2" }))).toBeNull()
})

/** What a verifier asks of a file, and what comes of it without a node: the blocks that he knows himself. */
import type { AnchoredAt } from "@assay/anchor"
import { describe, expect, it } from "vitest"
import { checkPlaces, placesOf } from "../../src/anchor/places.ts"
import { readArguments } from "../../src/command.ts"
import { anchor } from "../../src/commands/anchor.ts"

const asked = (...argv: ReadonlyArray<string>) => placesOf(readArguments(anchor, ["verify", "file", ...argv], {}))

const CONTRACT = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
const HASH = `0x${"ab".repeat(32)}` as const
/** Of block 358391 of Bitcoin. */
const HEADER =
  "02000000b96394585a281b7e5f438fd1c9ed492645a1fd61cb3802040000000000000000007ee445d23ad061af4a36b809501fab1ac4f2d7e7a739817dd0cbb7ec661b8a1e376755f58616186272def6"
const head = { origin: "plant.example/anchor", size: 3, root: new Uint8Array(32) }

const onChain: AnchoredAt = {
  leaf: 1,
  head,
  evidence: {
    kind: "evm",
    chain: 1,
    contract: CONTRACT,
    size: 3,
    root: head.root,
    block: { hash: HASH, number: 9n, time: 1_790_000_000_000 },
    index: 4,
  },
}
const onBitcoin = (merkleRoot: string): AnchoredAt => ({
  leaf: 1,
  head,
  evidence: { kind: "opentimestamps", blocks: [{ height: 358_391, merkleRoot: Buffer.from(merkleRoot, "hex") }] },
})

describe("the place of an anchor", () => {
  it("is named by the call, or the call is wrong", () => {
    expect(() => asked()).toThrow(/name where it is anchored/)
    expect(() => asked("--contract", "0x12", "--chain", "1")).toThrow(/--contract takes an address/)
    expect(() => asked("--contract", CONTRACT)).toThrow(/--chain/)
    expect(() => asked("--bitcoin-header", "00")).toThrow(/160 hexadecimal digits/)
  })

  it("of a chain is checked by a block that the caller knows; without any, nothing is valid", async () => {
    const place = ["--chain", "1", "--contract", CONTRACT.toUpperCase().replace("0X", "0x")]
    const good = await checkPlaces([onChain], asked(...place, "--block", HASH))
    expect(good.checks).toEqual([{ ok: true, text: "this is the block that --block names" }])
    expect(good.facts).toMatchObject([{ log: "plant.example/anchor", leaf: 1, size: 3, block: `9 ${HASH}` }])
    const unasked = await checkPlaces([onChain], asked(...place))
    expect(unasked.checks).toMatchObject([{ ok: false, text: expect.stringContaining("nobody was asked") }])
    const elsewhere = asked("--chain", "5", "--contract", CONTRACT, "--block", HASH)
    await expect(checkPlaces([onChain], elsewhere)).rejects.toThrow(/no anchor at/)
  })

  it("of Bitcoin is checked by a header; another block's, and a file without such an anchor, are not valid", async () => {
    const header = asked("--bitcoin-header", HEADER)
    const root = "007ee445d23ad061af4a36b809501fab1ac4f2d7e7a739817dd0cbb7ec661b8a"
    const good = await checkPlaces([onChain, onBitcoin(root)], header)
    expect(good.checks).toMatchObject([{ ok: true }])
    expect(good.facts).toMatchObject([
      {
        at: "Bitcoin",
        block: "358391 000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319",
        time: "2015-05-28T15:41:18.000Z",
      },
    ])
    expect((await checkPlaces([onBitcoin("00".repeat(32))], header)).checks).toMatchObject([{ ok: false }])
    await expect(checkPlaces([onChain], header)).rejects.toThrow(/no anchor by OpenTimestamps/)
    // All that is asked for must hold.
    const both = asked("--bitcoin-header", HEADER, "--chain", "1", "--contract", CONTRACT)
    expect((await checkPlaces([onChain, onBitcoin(root)], both)).checks.map(({ ok }) => ok)).toEqual([false, true])
  })
})

/** What a verifier of anchors reads from somebody he does not trust: evidence of a chain, timestamps, proofs of membership. */
import { createPrivateKey } from "node:crypto"
import { AnchorError } from "@assay/anchor"
import { parseEvmEvidence, verifyEvmEvidence } from "@assay/anchor/evm"
import { verifyMemberFile } from "@assay/anchor/members"
import { attestationsOf, formatTimestamp, parseTimestamp } from "@assay/anchor/opentimestamps"
import { keySigner, NoteError, verifierKey } from "@assay/transparency"
import { refusedBy, type Target, text } from "../target.ts"
import seeds from "./anchor-seeds.json" with { type: "json" }

const REFUSALS = [AnchorError, NoteError]

// The seed of this key is public: it signs nothing but what is mutated here.
const key = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
})
const vkey = verifierKey("plant.example/anchor", keySigner(key).publicKey)

const HASH = verifyEvmEvidence(parseEvmEvidence(seeds.evidence)).block.hash

const evidence: Target = {
  name: "anchor-evidence",
  about: "verifyEvmEvidence: a head of the anchor log in a block of a chain, from anybody",
  seeds: () => [Buffer.from(seeds.evidence)],
  check: (bytes) =>
    refusedBy(REFUSALS, () => {
      const read = parseEvmEvidence(text(bytes))
      const { block, size, contract } = verifyEvmEvidence(read)
      // Within the block that was made, one head alone is there, of one contract.
      const same = verifyEvmEvidence(parseEvmEvidence(seeds.evidence))
      if (block.hash === HASH && (size !== same.size || contract.toLowerCase() !== same.contract.toLowerCase()))
        throw new Error("proved another head in the same block")
    }),
}

const ROOT = Buffer.from(attestationsOf(parseTimestamp(Buffer.from(seeds.timestamp, "base64")))[0]!.message)

const timestamp: Target = {
  name: "opentimestamps",
  about: "parseTimestamp: an .ots file, from a calendar or anybody",
  seeds: () => [Buffer.from(seeds.timestamp, "base64")],
  check: (bytes) =>
    refusedBy(REFUSALS, () => {
      const read = parseTimestamp(bytes)
      const written = formatTimestamp(read)
      if (Buffer.compare(formatTimestamp(parseTimestamp(written)), written) !== 0)
        throw new Error("what was written is read as something else")
      const own = parseTimestamp(Buffer.from(seeds.timestamp, "base64")).message
      const leads = attestationsOf(read).some(({ message }) => Buffer.compare(message, ROOT) === 0)
      if (leads && Buffer.compare(read.message, own) !== 0) throw new Error("another file leads to the same block")
    }),
}

const member: Target = {
  name: "anchor-member",
  about: "verifyMemberFile: that a device was enrolled when a block was made, from the device",
  seeds: () => [Buffer.from(seeds.member)],
  check: (bytes) =>
    refusedBy(REFUSALS, () => {
      const { member: proven, set } = verifyMemberFile(text(bytes), vkey)
      if (proven !== "did:key:zB" || set !== "enrolled") throw new Error(`proved that ${proven} is ${set}`)
    }),
}

export const ANCHOR: ReadonlyArray<Target> = [evidence, timestamp, member]

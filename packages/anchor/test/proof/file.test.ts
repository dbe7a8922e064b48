/** One file leads from an event to a block header, or is refused. */
import { hash } from "node:crypto"
import { encodeAudit } from "@assay/schemas"
import { SAMPLES } from "@assay/testkit/samples"
import { buildProof, decodeLeaf, eventOf, formatProofFile, leafOf, saltOf, verifierKey } from "@assay/transparency"
import { expect, test } from "vitest"
import {
  type AnchorHead,
  type AnchorLog,
  anchorsOf,
  formatAnchoredFile,
  originIn,
  verifyAnchoredFile,
} from "../../src/index.ts"
import { collect } from "../../src/log/collect.ts"
import type { OtsEvidence } from "../../src/ots/evidence.ts"
import { apply, SHA256 } from "../../src/ots/operations.ts"
import { formatFile } from "../../src/ots/timestamp.ts"
import { parseAnchoredFile } from "../../src/proof/file.ts"
import { CONTRACT, evidenceOf } from "../evm/block-of.ts"
import { KEY_OF_LOG, openLog, Partition, SIGNER, signerOf, sourceOf } from "../plant.ts"

const salt = (byte: number) => ({ key: new Uint8Array(32).fill(byte), pseudonym: new Uint8Array(16).fill(byte) })

const DEVICE = salt(1)
const LOG_SALT = salt(2)

/** A partition with one decision among other leaves, anchored with others at two times. */
const plant = async () => {
  const [own, other] = [new Partition(0), new Partition(1)]
  const record = encodeAudit(SAMPLES["audit-event.v2.decision"])
  const event = eventOf(record, 1, 0, 7)
  const entry = leafOf(event, record, DEVICE, LOG_SALT)
  await own.grow(5)
  await own.append([entry])
  await own.grow(3)
  await other.grow(4)
  const log: AnchorLog = await openLog()
  const first = await log.append((await collect([other, own], new Map())).entries, SIGNER)
  await own.grow(300)
  const last = new Map()
  const second = await log.append((await collect([own], last)).entries, SIGNER)
  const proofUnder = async (checkpoint: string): Promise<string> => {
    const { pseudonym, statement } = decodeLeaf(entry)
    const proof = await buildProof(5, checkpoint, own.tiles)
    return formatProofFile({ event: record, salt: saltOf(DEVICE.key, event), pseudonym, statement, proof })
  }
  return { own, other, log, first, second, proofUnder }
}

test("a leaf is proven under the oldest anchored checkpoint that covers it, and that one in the oldest anchored head", async () => {
  const { own, log, first, second, proofUnder } = await plant()
  const found = (await anchorsOf(log, own.origin, 5, [sourceOf([evidenceOf(second), evidenceOf(first)])]))!
  const text = formatAnchoredFile({ proof: await proofUnder(found.checkpoint), anchors: found.anchors })
  expect(originIn(text)).toBe(own.origin)
  const proven = verifyAnchoredFile(text, own.keys[0]!, KEY_OF_LOG)
  expect(proven.event).toMatchObject({ leaf: 5, origin: SAMPLES["audit-event.v2.decision"].origin })
  expect(proven.checkpoint).toMatchObject({ origin: own.origin, size: 9 })
  expect(proven.anchors).toMatchObject([
    { leaf: 1, head: { size: 2 }, evidence: { size: 2, chain: 1, contract: CONTRACT, block: { number: 1_002n } } },
  ])
  // A later leaf is covered by the later checkpoint alone; one that nothing covers, by none.
  expect(
    (await anchorsOf(log, own.origin, 200, [sourceOf([evidenceOf(first), evidenceOf(second)])]))!.anchors,
  ).toHaveLength(1)
  expect(await anchorsOf(log, own.origin, 200, [sourceOf([evidenceOf(first)])])).toBeNull()
  expect(await anchorsOf(log, own.origin, 309, [sourceOf([evidenceOf(second)])])).toBeNull()
  expect(await anchorsOf(log, "another", 0, [sourceOf([evidenceOf(second)])])).toBeNull()
})

/** A timestamp that leads to the Merkle root of a block at this height. */
const stamped = ({ note }: AnchorHead, height: number): OtsEvidence => {
  const message = hash("sha256", note, "buffer")
  const end = { message: apply(SHA256, message), attestations: [{ kind: "bitcoin" as const, height }], branches: [] }
  const stamp = { message, attestations: [], branches: [{ operation: SHA256, timestamp: end }] }
  return { kind: "opentimestamps", note, ots: Buffer.from(formatFile(stamp)).toString("base64") }
}

test("anchors of several places stand in one file, each with the oldest head that covers the leaf", async () => {
  const { own, log, first, second, proofUnder } = await plant()
  const sources = [sourceOf([stamped(second, 9), stamped(first, 8)]), sourceOf([evidenceOf(second)])]
  const found = (await anchorsOf(log, own.origin, 5, sources))!
  const text = formatAnchoredFile({ proof: await proofUnder(found.checkpoint), anchors: found.anchors })
  const { anchors } = verifyAnchoredFile(text, own.keys[0]!, KEY_OF_LOG)
  const merkleRoot = Buffer.from(apply(SHA256, hash("sha256", first.note, "buffer")))
  expect(anchors.map(({ head, evidence }) => [head.size, evidence])).toEqual([
    [2, { kind: "opentimestamps", blocks: [{ height: 8, merkleRoot }] }],
    [3, expect.objectContaining({ kind: "evm", size: 3 })],
  ])
  const swapped = { ...parseAnchoredFile(text), anchors: [{ ...found.anchors[0]!, evidence: stamped(second, 8) }] }
  expect(() => verifyAnchoredFile(formatAnchoredFile(swapped), own.keys[0]!, KEY_OF_LOG)).toThrow(/another checkpoint/)
})

test("any changed part is refused, and so is another key", async () => {
  const { own, other, log, first, second, proofUnder } = await plant()
  const found = (await anchorsOf(log, own.origin, 5, [sourceOf([evidenceOf(first)])]))!
  const file = parseAnchoredFile(
    formatAnchoredFile({ proof: await proofUnder(found.checkpoint), anchors: found.anchors }),
  )
  const [anchor] = file.anchors
  const verify = (changed: typeof file, key = own.keys[0]!, anchorKey = KEY_OF_LOG) =>
    verifyAnchoredFile(formatAnchoredFile(changed), key, anchorKey)
  const withEvidence = (change: object) => ({
    ...file,
    anchors: [{ ...anchor!, evidence: { ...anchor!.evidence, ...change } }],
  })
  expect(verify(file).anchors).toHaveLength(1)
  const changes: ReadonlyArray<typeof file> = [
    // Of another head, which is anchored too: the inclusion leads elsewhere.
    withEvidence({ ...evidenceOf(second) }),
    withEvidence({ note: second.note }),
    withEvidence({ index: 3 }),
    withEvidence({ receipt: evidenceOf(first).receipt.slice(1) }),
    withEvidence({ header: "0xc0" }),
    withEvidence({ contract: "0x0000000000000000000000000000000000000001" }),
    { ...file, anchors: [{ ...anchor!, inclusion: await buildProof(0, first.note, log.tiles) }] },
    { ...file, anchors: [{ ...anchor!, inclusion: await buildProof(1, second.note, log.tiles) }] },
    { ...file, proof: await proofUnder((await own.published())!) },
    { ...file, anchors: [] },
  ]
  for (const changed of changes) expect(() => verify(changed)).toThrow()
  expect(() => verify(file, other.keys[0]!)).toThrow(/not signed by/)
  expect(() => verify(file, own.keys[0]!, verifierKey(KEY_OF_LOG.name, signerOf("another").publicKey))).toThrow(
    /not signed by/,
  )
  for (const text of ["", "{}", "[]", "null", formatAnchoredFile(file).slice(0, -3), "{".repeat(1_000)])
    expect(() => verifyAnchoredFile(text, own.keys[0]!, KEY_OF_LOG)).toThrow(
      expect.objectContaining({ code: "evidence" }),
    )
})

/** C2SP tlog-cosignature 1.1.0-rc.1, ML-DSA-44. */
import { generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { checkpointText } from "../../src/checkpoint.ts"
import * as t from "../../src/index.ts"

const { privateKey } = generateKeyPairSync("ml-dsa-44")
const SIGNER = t.witnessSigner(privateKey)
const KEY = t.witnessKey("witness.example/pq", SIGNER.publicKey)
const HEAD: t.TreeHead = { origin: "log.example/assay", size: 5, root: new Uint8Array(32) }
const TEXT = checkpointText(HEAD)
const TIME = 1_796_000_000_000

const lineOf = async (text = TEXT, key = KEY, time = TIME): Promise<t.SignatureLine> => {
  const line = await t.cosign(text, key, SIGNER, time)
  const bytes = Buffer.from(line.trim().split(" ")[2]!, "base64")
  return { name: key.name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4) }
}

describe("a cosignature with ML-DSA-44", () => {
  test("is read again, with its time, and its key by name, id and type 6", async () => {
    const line = await lineOf()
    expect(line).toMatchObject({ id: KEY.id })
    expect(line.signature).toHaveLength(8 + 2_420)
    expect(t.openCosignature(TEXT, [line], t.decodeWitnessKey(t.encodeWitnessKey(KEY)))).toEqual({
      name: KEY.name,
      time: TIME,
    })
  })

  test("covers name, time, origin, size and root", async () => {
    const line = await lineOf()
    const changes = [{ origin: "log.example/other" }, { size: 6 }, { root: new Uint8Array(32).fill(1) }]
    for (const change of changes)
      expect(() => t.openCosignature(checkpointText({ ...HEAD, ...change }), [line], KEY)).toThrow("does not verify")
    const other = t.witnessKey("witness.example/pr", SIGNER.publicKey)
    expect(() => t.openCosignature(TEXT, [{ ...line, name: other.name, id: other.id }], other)).toThrow("not verify")
    for (const at of [7, 8, 1_000, 2_427]) {
      const signature = Uint8Array.from(line.signature)
      signature[at]! ^= 1
      expect(() => t.openCosignature(TEXT, [{ ...line, signature }], KEY)).toThrow("does not verify")
    }
    const short = { ...line, signature: line.signature.subarray(0, -1) }
    expect(() => t.openCosignature(TEXT, [short], KEY)).toThrow("has 2427 bytes, not 2428")
  })

  test("is refused without a time, and where a name has more than 255 bytes", async () => {
    const timeless = await lineOf(TEXT, KEY, 0)
    expect(() => t.openCosignature(TEXT, [timeless], KEY)).toThrow("has no time")
    const long = `log.example/${"a".repeat(244)}`
    await expect(lineOf(checkpointText({ ...HEAD, origin: long }))).rejects.toThrow(
      "256 bytes; ML-DSA-44 cosigns 1 to 255",
    )
    expect(() => t.witnessKey("w".repeat(256), SIGNER.publicKey)).toThrow("at most 255 bytes")
    await expect(lineOf(checkpointText({ ...HEAD, origin: long.slice(1) }))).resolves.toMatchObject({ id: KEY.id })
  })

  test("stands beside one with Ed25519 in a policy, and a log's key is of neither", () => {
    const ed25519 = t.witnessSigner(generateKeyPairSync("ed25519").privateKey)
    const log = t.keySigner(generateKeyPairSync("ed25519").privateKey)
    const policy = t.parsePolicy(
      Buffer.from(
        [
          `log ${t.encodeVkey(t.verifierKey(HEAD.origin, log.publicKey))}`,
          `witness a ${t.encodeWitnessKey(t.witnessKey("witness.example/a", ed25519.publicKey))}`,
          `witness b ${t.encodeWitnessKey(KEY)}`,
          "group both all a b",
          "quorum both",
          "",
        ].join("\n"),
      ),
    )
    expect(policy.witnesses.map(({ key }) => key.type)).toEqual([4, 6])
    expect(() => t.keySigner(privateKey)).toThrow("the log's key is not Ed25519")
    expect(() => t.decodeVkey(t.encodeWitnessKey(KEY))).toThrow("the verifier key is not Ed25519")
    expect(() => t.witnessSigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)).toThrow("not ec")
  })

  test("of torchwood 0.10.0 has the same bytes: its log signs with type 6 and no time (litewitness' test data)", () => {
    const [vkey, ...rest] = readFileSync(join(import.meta.dirname, "ml-dsa-44.txt"), "utf8").split("\n\n")
    const key = t.decodeWitnessKey(vkey!)
    const note = rest.join("\n\n")
    const end = note.indexOf("\n\n") + 1
    const bytes = Buffer.from(
      note
        .slice(end + 1)
        .trim()
        .split(" ")[2]!,
      "base64",
    )
    const line = { name: key.name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4) }
    // Only a signature that verifies comes as far as its time.
    expect(() => t.openCosignature(note.slice(0, end), [line], key)).toThrow("has no time")
    const other = note.slice(0, end).replace("\n1\n", "\n2\n")
    expect(() => t.openCosignature(other, [line], key)).toThrow("does not verify")
  })
})

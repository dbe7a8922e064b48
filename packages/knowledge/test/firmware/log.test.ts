/** A maker's log: a release that it does not show does not come into force, where the bundle asks for that. */
import { createHash, createPrivateKey } from "node:crypto"
import type { FirmwareRelease, References } from "@assay/attestation"
import { World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import {
  cosign,
  encodeVkey,
  encodeWitnessKey,
  formatProof,
  keySigner,
  leafHash,
  signCheckpoint,
  verifierKey,
  witnessKey,
} from "@assay/transparency"
import type { TrustBundle } from "@assay/trust"
import { beforeAll, describe, expect, it } from "vitest"
import {
  BUNDLE,
  firmwareEntry,
  openItem,
  REFERENCE_VALUES,
  REFERENCE_VALUES_TYPE,
  signBundle,
} from "../../src/index.ts"

const keyOf = (byte: number) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]),
    format: "der",
    type: "pkcs8",
  })
const log = keySigner(keyOf(1))
const logKey = verifierKey("maker.example/firmware", log.publicKey)
const foreign = keySigner(keyOf(2))
const witness = keySigner(keyOf(3))
const theirs = witnessKey("witness.example", witness.publicKey)

const POLICY = `log ${encodeVkey(logKey)}\nquorum none\n`
const WITNESSED = `log ${encodeVkey(logKey)}\nwitness w ${encodeWitnessKey(theirs)}\nquorum w\n`

const world = new World({ seed: "firmware log", now: 1_800_000_000, maker: true })
const references = world.firmware()
const [one, two] = references.firmware!.releases as [FirmwareRelease, FirmwareRelease]
const node = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash("sha256")
    .update(Buffer.concat([Buffer.of(1), left, right]))
    .digest()
const leaves = [one, two].map((release) => leafHash(firmwareEntry(references, release)))

/** A log of these two releases; the proof of the nth. */
const proofs = async (signer = log, cosigned = false): Promise<ReadonlyArray<string>> => {
  const head = { origin: logKey.name, size: 2, root: node(leaves[0]!, leaves[1]!) }
  const note = await signCheckpoint(head, signer)
  const text = note.slice(0, note.indexOf("\n\n") + 1)
  const checkpoint = cosigned ? `${note}${await cosign(text, theirs, witness, 1_800_000_000_000)}` : note
  return [0, 1].map((index) => formatProof({ index, hashes: [leaves[1 - index]!], checkpoint, extra: null }))
}

const bundleWith = (policy: string, vendor = "acme"): TrustBundle => ({
  ...world.bundle,
  firmwareLogs: [{ vendor, policy }],
})
const openedWith = (policy: string, releases: ReadonlyArray<FirmwareRelease>, vendor = "acme") => {
  const body: References = { ...references, firmware: { ...references.firmware!, releases } }
  const signed = dsseSign(REFERENCE_VALUES_TYPE, Buffer.from(JSON.stringify(body)), [world.maker!])
  const bundle = { hash: "00", version: 2, expires: 2e12, body: bundleWith(policy, vendor) }
  const opened = openItem(REFERENCE_VALUES, signed, { roots: world.rootSet, bundle })
  return "reasons" in opened ? [opened.reasons[0], opened.detail] : ["in force"]
}

let good: ReadonlyArray<string>
beforeAll(async () => {
  good = await proofs()
})
const logged = (all = good): ReadonlyArray<FirmwareRelease> =>
  [one, two].map((release, n) => ({ ...release, proof: all[n]! }))

describe("releases that must be in a log", () => {
  it("come into force with their proofs", () => {
    expect(openedWith(POLICY, logged())).toEqual(["in force"])
    expect(openedWith(POLICY, logged(), "*")).toEqual(["in force"])
  })

  it("do not without one, but for what is revoked, and for vendors of whom none is asked", () => {
    const [first, second] = logged()
    const refused = [
      "control.firmware_unlogged",
      expect.stringMatching(/^release 2.1.0 .* has no proof that it is in a log/),
    ]
    expect(openedWith(POLICY, [first!, two])).toEqual(refused)
    expect(openedWith(POLICY, [first!, { ...two, status: "revoked" }]).join()).not.toContain(
      "control.firmware_unlogged",
    )
    expect(openedWith(POLICY, [one, second!], "other")).toEqual(["in force"])
  })

  it("do not with the proof of another release, or of another log", async () => {
    const unlogged = (says: RegExp) => ["control.firmware_unlogged", expect.stringMatching(says)]
    expect(openedWith(POLICY, logged(good.toReversed()))).toEqual(unlogged(/the entry is not leaf 1/))
    expect(openedWith(POLICY, logged(await proofs(foreign)))).toEqual(unlogged(/no log of the policy has signed/))
    const [first, second] = logged()
    expect(openedWith(POLICY, [first!, { ...second!, svn: 9 }])).toEqual(unlogged(/the entry is not leaf/))
    expect(openedWith(POLICY, [first!, { ...second!, proof: "x" }])).toEqual(unlogged(/not a tlog-proof/))
  })

  it("do not where the witnesses that count have not cosigned", async () => {
    expect(openedWith(WITNESSED, logged()).join()).toMatch(/control.firmware_unlogged.*cosigned by no witness/)
    expect(openedWith(WITNESSED, logged(await proofs(log, true)))).toEqual(["in force"])
  })
})

it("a bundle names a policy by which something can be proven", () => {
  const opened = (policy: string) => {
    try {
      const signed = signBundle(bundleWith(policy), world.roots.slice(0, 2))
      return "reasons" in openItem(BUNDLE, signed, { roots: world.rootSet, bundle: null }) ? "refused" : "in force"
    } catch (cause) {
      return (cause as Error).message
    }
  }
  expect(opened(POLICY)).toBe("in force")
  expect(opened("quorum none\n")).toMatch(
    /firmwareLogs\[0\].policy is no policy of logs and witnesses: the policy names no log/,
  )
  expect(opened("log x\n")).toMatch(/is no policy of logs and witnesses: line 1/)
})

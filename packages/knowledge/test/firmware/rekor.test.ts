/** Entries of Rekor logs as proofs of releases, by two that stand in public logs (`rekor/*.json` say where). */
import { createHash, createPrivateKey, createPublicKey, ECDH, generateKeyPairSync, sign } from "node:crypto"
import { readFileSync } from "node:fs"
import type { FirmwareRelease, References } from "@assay/attestation"
import { World } from "@assay/fleet"
import { dsseSign, signDigest } from "@assay/jose"
import { cosign, encodeVkey, encodeWitnessKey, keySigner, leafHash, verifierKey, witnessKey } from "@assay/transparency"
import type { TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { BUNDLE, openItem, REFERENCE_VALUES, REFERENCE_VALUES_TYPE, rekorEntryIn, signBundle } from "../../src/index.ts"

// biome-ignore lint/suspicious/noExplicitAny: the tests change any member of an entry
type Entry = any
interface Vector {
  readonly log: string
  readonly makerKey: string
  readonly entry: Entry
}
const vectorOf = (name: "v1" | "v2"): Vector =>
  JSON.parse(readFileSync(new URL(`rekor/${name}.json`, import.meta.url), "utf8"))
const [V1, V2] = [vectorOf("v1"), vectorOf("v2")]
/** SHA-256 of the file that both entries are about. */
const DIGEST = "a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf"

const world = new World({ seed: "rekor", now: 1_800_000_000, maker: true })
const references = world.firmware()
const release: FirmwareRelease = { ...references.firmware!.releases[0]!, components: [], digest: DIGEST }

interface Asked {
  readonly log?: string
  readonly quorum?: string
  readonly keys?: ReadonlyArray<string> | undefined
}
const bundleWith = ({ log = V1.log, quorum = "quorum none", keys }: Asked): TrustBundle => {
  const policy = `log ${log}\n${quorum}\n`
  return { ...world.bundle, firmwareLogs: [{ vendor: "acme", policy, ...(keys && { rekorKeys: keys }) }] }
}

/** What becomes of reference values with one release that brings this entry. */
const openedWith = (entry: Entry, asked: Asked, digest = DIGEST): string => {
  const proof = typeof entry === "string" ? entry : JSON.stringify(entry)
  const firmware = { ...references.firmware!, releases: [{ ...release, digest, proof }], rollouts: [], minimumSvn: 0 }
  const body: References = { ...references, firmware }
  const signed = dsseSign(REFERENCE_VALUES_TYPE, Buffer.from(JSON.stringify(body)), [world.maker!])
  const bundle = { hash: "00", version: 2, expires: 2e12, body: bundleWith(asked) }
  const opened = openItem(REFERENCE_VALUES, signed, { roots: world.rootSet, bundle })
  return "reasons" in opened ? `${opened.reasons[0]}: ${opened.detail}` : "in force"
}
const refused = (says: RegExp) => expect.stringMatching(new RegExp(`^control.firmware_unlogged: .*${says.source}`))

const changed = ({ entry }: Vector, change: (copy: Entry) => void): Entry => {
  const copy = structuredClone(entry)
  change(copy)
  return copy
}
const bodyOf = ({ canonicalizedBody }: Entry): Entry => JSON.parse(Buffer.from(canonicalizedBody, "base64").toString())
const withBody = (vector: Vector, change: (body: Entry) => void): Entry =>
  changed(vector, (entry) => {
    const body = bodyOf(entry)
    change(body)
    entry.canonicalizedBody = Buffer.from(JSON.stringify(body)).toString("base64")
  })

describe.each([
  ["Rekor 1, with a key", V1],
  ["Rekor 2, with a certificate", V2],
])("an entry of %s that stands in a public log", (_name, vector) => {
  const asked: Asked = { log: vector.log, keys: [vector.makerKey] }

  it("proves the release with this digest, and no other", () => {
    expect(openedWith(vector.entry, asked)).toBe("in force")
    expect(openedWith(vector.entry, asked, "00".repeat(32))).toEqual(refused(/about another digest/))
  })

  it("does not where the bundle names another key, or none, or another log", () => {
    const other = vector === V1 ? V2 : V1
    expect(openedWith(vector.entry, { ...asked, keys: [other.makerKey] })).toEqual(refused(/does not name.*rekorKeys/))
    expect(openedWith(vector.entry, { ...asked, keys: undefined })).toEqual(refused(/does not name.*rekorKeys/))
    expect(openedWith(vector.entry, { ...asked, log: other.log })).toEqual(refused(/no log of the policy has signed/))
  })

  it("does not with anything of it changed", () => {
    const proof = (change: (proof: Entry) => void) => changed(vector, ({ inclusionProof }) => change(inclusionProof))
    const cases: ReadonlyArray<readonly [Entry, RegExp]> = [
      [proof((p) => p.hashes.pop()), /the entry is not leaf/],
      [proof((p) => p.hashes.reverse()), /the entry is not leaf/],
      [proof((p) => (p.logIndex = "0")), /the entry is not leaf 0/],
      [proof((p) => (p.logIndex = "-1")), /logIndex must be a number/],
      [proof((p) => (p.treeSize = "1")), /another tree than its checkpoint/],
      [proof((p) => (p.rootHash = Buffer.alloc(32).toString("base64"))), /another tree than its checkpoint/],
      [proof((p) => (p.hashes = Array(65).fill(p.hashes[0]))), /must have 0 to 64 items/],
      [proof((p) => (p.checkpoint.envelope = "x")), /not a checkpoint/],
      [
        proof((p) => (p.checkpoint.envelope = p.checkpoint.envelope.replace(/.{8}\n$/, "AAAAAAA=\n"))),
        /no log of the policy/,
      ],
      [changed(vector, (entry) => delete entry.inclusionProof), /inclusionProof is missing/],
      [changed(vector, (entry) => (entry.more = 1)), /more is not a known key/],
      [changed(vector, (entry) => (entry.kindVersion.kind = "intoto")), /kind must be one of hashedrekord/],
      [changed(vector, (entry) => (entry.kindVersion.version = "0.0.9")), /version must be one of 0.0.1, 0.0.2/],
      [withBody(vector, (body) => (body.more = 1)), /more is not a known key/],
      [`${JSON.stringify(vector.entry).slice(0, -1)},"logIndex":"1"}`, /a member is repeated|repeated/],
      ["{", /the Rekor entry: /],
    ]
    for (const [entry, says] of cases) expect(openedWith(entry, asked)).toEqual(refused(says))
  })
})

describe("a body of one version is none of the other", () => {
  it("whatever the entry calls it", () => {
    for (const vector of [V1, V2]) {
      const entry = changed(vector, ({ kindVersion }) => {
        kindVersion.version = kindVersion.version === "0.0.1" ? "0.0.2" : "0.0.1"
      })
      expect(openedWith(entry, { log: vector.log, keys: [vector.makerKey] })).toEqual(
        refused(/apiVersion must be one of/),
      )
    }
  })
})

/** A log of one entry, as a maker's own Rekor 2 keeps it. */
const ownLog = async (change: (body: Entry) => void = () => undefined) => {
  const maker = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey
  const log = keySigner(
    createPrivateKey({
      key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 5)]),
      format: "der",
      type: "pkcs8",
    }),
  )
  const spki = createPublicKey(maker).export({ format: "der", type: "spki" })
  const digest = Buffer.from(DIGEST, "hex")
  const raw = signDigest(maker, digest)
  const body = {
    apiVersion: "0.0.2",
    kind: "hashedrekord",
    spec: {
      hashedRekordV002: {
        data: { algorithm: "SHA2_256", digest: digest.toString("base64") },
        signature: {
          content: derOf(raw).toString("base64"),
          verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", publicKey: { rawBytes: spki.toString("base64") } },
        },
      },
    },
  }
  change(body)
  const bytes = Buffer.from(JSON.stringify(body))
  const key = verifierKey("rekor.maker.example", log.publicKey)
  const root = Buffer.from(leafHash(bytes)).toString("base64")
  const text = `${key.name}\n1\n${root}\n`
  const head = Buffer.alloc(4)
  head.writeUInt32BE(key.id)
  const line = Buffer.concat([head, await log.sign(Buffer.from(text))]).toString("base64")
  const envelope = `${text}\n— ${key.name} ${line}\n`
  return {
    log: encodeVkey(key),
    makerKey: spki.toString("base64"),
    text,
    entry: {
      kindVersion: { kind: "hashedrekord", version: "0.0.2" },
      inclusionProof: { rootHash: root, treeSize: "1", checkpoint: { envelope } },
      canonicalizedBody: bytes.toString("base64"),
    } as Entry,
  }
}

/** DER of r and s. */
const derOf = (raw: Buffer): Buffer => {
  const part = (bytes: Buffer): Buffer => {
    const short = bytes.subarray(
      Math.min(
        bytes.findIndex((byte) => byte !== 0),
        31,
      ),
    )
    const value = short[0]! > 127 ? Buffer.concat([Buffer.of(0), short]) : short
    return Buffer.concat([Buffer.of(2, value.length), value])
  }
  const both = Buffer.concat([part(raw.subarray(0, 32)), part(raw.subarray(32))])
  return Buffer.concat([Buffer.of(0x30, both.length), both])
}

describe("an entry of a maker's own log", () => {
  it("counts, and with the witnesses that the policy asks for", async () => {
    const own = await ownLog()
    const asked = { log: own.log, keys: [own.makerKey] }
    expect(openedWith(own.entry, asked)).toBe("in force")
    const witness = keySigner(generateKeyPairSync("ed25519").privateKey)
    const theirs = witnessKey("witness.example", witness.publicKey)
    const quorum = `witness w ${encodeWitnessKey(theirs)}\nquorum w`
    expect(openedWith(own.entry, { ...asked, quorum })).toEqual(refused(/cosigned by no witness/))
    own.entry.inclusionProof.checkpoint.envelope += await cosign(own.text, theirs, witness, 1_800_000_000_000)
    expect(openedWith(own.entry, { ...asked, quorum })).toBe("in force")
  })

  it("does not where the maker's key did not sign the digest, whatever the log took", async () => {
    const wrong = async (content: string) => {
      const own = await ownLog((body) => (body.spec.hashedRekordV002.signature.content = content))
      return openedWith(own.entry, { log: own.log, keys: [own.makerKey] })
    }
    const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey
    const foreign = sign("sha256", createHash("sha256").update("x").digest(), other)
    for (const content of [foreign.toString("base64"), "AAAA", Buffer.alloc(64, 1).toString("base64")])
      expect(await wrong(content)).toEqual(refused(/the signature over the digest does not verify/))
  })

  it("does not with two verifiers, none, or one that is no key", async () => {
    const withVerifier = async (verifier: Entry) => {
      const own = await ownLog((body) => {
        body.spec.hashedRekordV002.signature.verifier = { keyDetails: "PKIX_ECDSA_P256_SHA_256", ...verifier }
      })
      return openedWith(own.entry, { log: own.log, keys: [own.makerKey] })
    }
    const key = { rawBytes: V1.makerKey }
    expect(await withVerifier({})).toEqual(refused(/not one public key or certificate/))
    expect(await withVerifier({ publicKey: key, x509Certificate: key })).toEqual(refused(/not one public key/))
    expect(await withVerifier({ publicKey: { rawBytes: "AAAA" } })).toEqual(refused(/neither a public key nor a cert/))
  })
})

describe("the policy and the keys of a bundle", () => {
  const opened = (asked: Asked): string => {
    try {
      const signed = signBundle(bundleWith(asked), world.roots.slice(0, 2))
      return "reasons" in openItem(BUNDLE, signed, { roots: world.rootSet, bundle: null }) ? "refused" : "in force"
    } catch (cause) {
      return (cause as Error).message
    }
  }

  it("may name a log that signs with ECDSA, and keys of P-256", () => {
    expect(opened({ keys: [V1.makerKey, V2.makerKey] })).toBe("in force")
    const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey
    // One key has one form here: it is found by its bytes.
    const point = Buffer.from(V1.makerKey, "base64").subarray(-65)
    const compressed = Buffer.concat([
      Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
      ECDH.convertKey(point, "prime256v1", undefined, undefined, "compressed") as Buffer,
    ]).toString("base64")
    for (const key of [
      "AAAA",
      "x",
      p384.export({ format: "der", type: "spki" }).toString("base64"),
      `${V1.makerKey}\n`,
      compressed,
    ])
      expect(opened({ keys: [key] })).toMatch(/rekorKeys\[0\] must be a SubjectPublicKeyInfo of P-256/)
    expect(opened({ keys: [] })).toMatch(/rekorKeys must have 1 to 16 items/)
    expect(opened({ log: V1.log.replace("c0d2", "c0d3") })).toMatch(/hash of the verifier key is not its own/)
  })
})

describe("what tools write", () => {
  it("is read as a bundle with one entry, or as the entry", () => {
    const entry = JSON.stringify(V1.entry)
    const bundle = (entries: ReadonlyArray<Entry>) => JSON.stringify({ verificationMaterial: { tlogEntries: entries } })
    expect(rekorEntryIn(`${JSON.stringify(V1.entry, null, 2)}\n`)).toBe(entry)
    expect(rekorEntryIn(bundle([V1.entry]))).toBe(entry)
    const none = ['{"verificationMaterial":{}}', '{"verificationMaterial":null}', '{"verificationMaterial":1}']
    for (const other of [bundle([]), bundle([V1.entry, V2.entry]), ...none])
      expect(() => rekorEntryIn(other)).toThrow(/has not one entry of a log/)
    expect(() => rekorEntryIn("{")).toThrow(/no JSON/)
    expect(() => rekorEntryIn("null")).toThrow(/the Rekor entry: must be an object/)
    expect(() => rekorEntryIn("{}")).toThrow(/the Rekor entry: kindVersion is missing/)
  })
})

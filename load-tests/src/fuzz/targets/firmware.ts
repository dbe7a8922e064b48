/** What makers and others publish about firmware: files that operators fetch from anywhere, and hand to `assay firmware`. */
import { createHash, createPublicKey, sign } from "node:crypto"
import { type Encodable, encodeCbor, signingInputOf } from "@assay/cose"
import {
  FirmwareError,
  importCorim,
  importDigests,
  importSuit,
  readCsaf,
  readOpenVex,
  readOsv,
  readRepository,
  readSbom,
} from "@assay/firmware"
import { rekorEntryIn } from "@assay/knowledge"
import { NoteError } from "@assay/transparency"
import { refusedBy, type Target, text } from "../target.ts"
import { NOW, world } from "../world.ts"

const { key } = world.manufacturer // Ed25519
const keys = [createPublicKey(key)]
const A = "aa".repeat(32)
const EDDSA = -8

const map = (...entries: ReadonlyArray<readonly [number | string, Encodable]>) =>
  new Map<number | string, Encodable>(entries)
const tagged = (tag: number, value: Buffer): Buffer =>
  Buffer.concat([
    tag < 24 ? Buffer.of(0xc0 | tag) : tag < 256 ? Buffer.of(0xd8, tag) : Buffer.of(0xd9, tag >> 8, tag & 0xff),
    value,
  ])

const sign1 = (header: Buffer, payload: Buffer, isDetached: boolean): Buffer => {
  const signature = sign(null, signingInputOf(header, payload), key)
  return tagged(18, encodeCbor([header, map(), isDetached ? null : payload, signature]))
}

const suit = (): Buffer => {
  const digestOf = (bytes: Buffer): Buffer => encodeCbor([-16, createHash("sha256").update(bytes).digest()])
  const image = encodeCbor([-16, Buffer.from(A, "hex")])
  const shared = encodeCbor([20, map([1, Buffer.alloc(16, 1)], [2, Buffer.alloc(16, 2)], [3, image]), 1, 15, 2, 15])
  const common = encodeCbor(map([2, [[Buffer.of(0)]]], [4, shared]))
  const manifest = encodeCbor(map([1, 1], [2, 7], [3, common]))
  const digest = digestOf(encodeCbor(manifest))
  const block = sign1(encodeCbor(map([1, EDDSA])), digest, true)
  return tagged(107, encodeCbor(map([2, encodeCbor([digest, block])], [3, manifest])))
}

/** Whose log it is, and who signed what, is looked at later: here nothing is signed. */
const rekorEntry = (version: "0.0.1" | "0.0.2"): Buffer => {
  const root = Buffer.alloc(32, 7).toString("base64")
  const signature = Buffer.from("3006020101020101", "hex").toString("base64")
  const der = createPublicKey(key).export({ format: "der", type: "spki" }).toString("base64")
  const spec =
    version === "0.0.1"
      ? {
          data: { hash: { algorithm: "sha256", value: A } },
          signature: { content: signature, publicKey: { content: der } },
        }
      : {
          hashedRekordV002: {
            data: { algorithm: "SHA2_256", digest: Buffer.from(A, "hex").toString("base64") },
            signature: {
              content: signature,
              verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", publicKey: { rawBytes: der } },
            },
          },
        }
  const body = json({ apiVersion: version, kind: "hashedrekord", spec })
  return json({
    logIndex: "7",
    kindVersion: { kind: "hashedrekord", version },
    inclusionProof: {
      logIndex: "3",
      rootHash: root,
      treeSize: "4",
      hashes: [root, root],
      checkpoint: { envelope: `log.example\n4\n${root}\n\n— log.example AAAAAAAA\n` },
    },
    canonicalizedBody: body.toString("base64"),
  })
}

const corim = (): Buffer => {
  const environment = map([0, map([1, "acme"], [2, "pump"])])
  const measurement = map([1, map([2, [[1, Buffer.from(A, "hex")]]])])
  const comid = encodeCbor(map([1, map([0, "pump"])], [4, map([0, [[environment, [measurement]]]])]))
  // A map of two members whose second value is tagged: `{0: "id", 1: [506(bstr)]}`.
  const body = Buffer.concat([Buffer.from("a20062696401", "hex"), Buffer.of(0x81), tagged(506, encodeCbor(comid))])
  return sign1(encodeCbor(map([1, EDDSA], [3, "application/rim+cbor"])), tagged(501, body), false)
}

const ROOT = Buffer.from(
  JSON.stringify({
    signed: {
      _type: "root",
      spec_version: "1.0.31",
      version: 1,
      expires: "2031-01-01T00:00:00Z",
      keys: {},
      roles: Object.fromEntries(
        ["root", "timestamp", "snapshot", "targets"].map((role) => [role, { keyids: ["x"], threshold: 1 }]),
      ),
    },
    signatures: [],
  }),
)

/** Whether it is taken; refused is only what has a reason. */
const taken = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch (cause) {
    if (!(cause instanceof FirmwareError)) throw cause
    if (cause.message.length === 0) throw new Error("refused without a sentence", { cause })
    return false
  }
}

const target = (name: string, about: string, seed: Buffer, read: (bytes: Uint8Array) => unknown): Target => ({
  name,
  about,
  seeds: () => [seed],
  check: (bytes) => taken(() => read(bytes)),
})
const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))

export const FIRMWARE: ReadonlyArray<Target> = [
  target("firmware-digests", "digests as sha256sum writes them", Buffer.from(`${A}  main\n`), importDigests),
  target("firmware-suit", "a SUIT envelope", suit(), (bytes) => importSuit(bytes, { keys, vendor: null, class: null })),
  target("firmware-corim", "a signed CoRIM", corim(), (bytes) =>
    importCorim(bytes, { keys, vendor: null, model: null }),
  ),
  {
    name: "firmware-tuf",
    about: "a root of a TUF repository: read, and refused for the signatures that it lacks",
    seeds: () => [ROOT],
    check: (bytes) => {
      const state = { root: bytes, timestamp: 0, snapshot: 0, listed: {} }
      if (taken(() => readRepository(() => null, state, NOW * 1000)))
        throw new Error("a root that nobody signed was taken")
      return bytes.length === ROOT.length
    },
  },
  target(
    "firmware-osv",
    "an advisory in OSV",
    json({
      id: "GHSA-1",
      affected: [
        { package: { ecosystem: "npm", name: "tls" }, ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] },
      ],
    }),
    (bytes) => readOsv(bytes).wordOn({ name: "tls", version: "1", purl: "pkg:npm/tls@1", cpe: null, digests: [] }),
  ),
  target(
    "firmware-openvex",
    "an advisory in OpenVEX",
    json({
      "@context": "https://openvex.dev/ns",
      "@id": "x",
      statements: [{ vulnerability: { name: "CVE-1" }, status: "affected", products: [{ "@id": "pkg:npm/tls" }] }],
    }),
    (bytes) =>
      readOpenVex(bytes, null).wordOn({ name: "tls", version: "1", purl: "pkg:npm/tls@1", cpe: null, digests: [A] }),
  ),
  target(
    "firmware-csaf",
    "an advisory in CSAF",
    json({
      document: { csaf_version: "2.0", tracking: { id: "A" } },
      product_tree: {
        full_product_names: [{ product_id: "P", product_identification_helper: { purl: "pkg:npm/tls" } }],
      },
      vulnerabilities: [{ cve: "CVE-1", product_status: { known_affected: ["P"] } }],
    }),
    (bytes) =>
      readCsaf(bytes, null).wordOn({
        name: "tls",
        version: "1",
        purl: "pkg:npm/tls@1",
        cpe: "cpe:2.3:a:b:c",
        digests: [A],
      }),
  ),
  target(
    "firmware-sbom",
    "a bill of materials",
    json({
      bomFormat: "CycloneDX",
      metadata: { component: { name: "pump", hashes: [{ alg: "SHA-256", content: A }] } },
      components: [],
    }),
    readSbom,
  ),
  {
    name: "firmware-rekor",
    about: "rekorEntryIn: an entry of a Rekor log, which a release brings as its proof",
    seeds: () => [rekorEntry("0.0.1"), rekorEntry("0.0.2")],
    check: (bytes) =>
      refusedBy([NoteError], () => {
        const entry = rekorEntryIn(text(bytes))
        if (rekorEntryIn(entry) !== entry) throw new Error("what was read is read as something else")
      }),
  },
]

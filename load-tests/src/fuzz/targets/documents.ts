/** Documents of DIDs: what a host publishes, which whoever controls the DID chooses. */
import { publicKeyOf } from "@assay/did"
import { keysOf, verifyEthr, verifyWeb, verifyWebvh } from "@assay/did-document"
import { appendWebvh, commitTo, createWebvh, multikeyOfKey, witnessWebvh } from "@assay/did-document/write"
import { identityOf } from "@assay/fleet"
import { isObject, type Json, parseStrict } from "@assay/jose"
import type { Target } from "../target.ts"
import { NOW } from "../world.ts"

const key = (name: string) => identityOf("fuzz documents", name, "Ed25519", "key")
const [update, next, witness, device] = ["update", "next", "witness", "device"].map((name) => key(name).key)

const WEB = "did:web:id.example.com"

const documentOf = (did: string) => ({
  id: did,
  verificationMethod: [
    { id: `${did}#one`, type: "Multikey", controller: did, publicKeyMultibase: multikeyOfKey(device!) },
    {
      id: `${did}#two`,
      type: "JsonWebKey",
      controller: did,
      revoked: "2026-01-01T00:00:00Z",
      publicKeyJwk: { kty: "OKP" },
    },
  ],
  assertionMethod: [`${did}#one`, "#two"],
  authentication: [`${did}#one`],
})

const { did, log } = createWebvh({
  time: (NOW - 3_600) * 1_000,
  parameters: {
    updateKeys: [multikeyOfKey(update!)],
    nextKeyHashes: [commitTo(next!)],
    portable: true,
    witness: { threshold: 1, witnesses: [{ id: `did:key:${multikeyOfKey(witness!)}` }] },
  },
  state: documentOf("did:webvh:{SCID}:id.example.com"),
  key: update!,
})
const longer = appendWebvh(log, {
  time: (NOW - 60) * 1_000,
  parameters: { updateKeys: [multikeyOfKey(next!)], nextKeyHashes: [] },
  state: documentOf(did),
  key: next!,
})
const proofs = Buffer.from(witnessWebvh(longer, [witness!], NOW * 1_000))

/** Members in the order of their names: what is signed does not depend on how it is written. */
const inOrder = (value: Json): Json =>
  Array.isArray(value)
    ? value.map((item) => inOrder(item as Json))
    : isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, item]) => [name, inOrder(item)]),
        )
      : value

const meaningOf = (line: string): string => {
  const read = parseStrict(Buffer.from(line, "latin1"))
  return "reason" in read ? "" : JSON.stringify(inOrder(read.value))
}

const linesOf = (bytes: Uint8Array): ReadonlyArray<string> =>
  Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")

/** Nothing that is not one of ours may hold: whoever changes a byte has none of the keys. */
const OURS = new Set(linesOf(Buffer.from(longer)).map(meaningOf))

const webvh: Target = {
  name: "did-webvh-log",
  about: "verifyWebvh: a log of did:webvh as a host publishes it",
  seeds: () => [Buffer.from(longer)],
  check: (bytes) => {
    const found = verifyWebvh({ did, log: bytes, witness: proofs, at: NOW * 1_000 })
    if ("reason" in found) {
      if (found.detail.length > 2_048) throw new Error("a detail without a bound")
      return false
    }
    if (linesOf(bytes).some((line) => !OURS.has(meaningOf(line)))) throw new Error("an entry holds that nobody signed")
    keysOf(found.document, new Set(found.names))
    return true
  },
}

const witnessed: Target = {
  name: "did-webvh-witness",
  about: "verifyWebvh: proofs of witnesses as a host publishes them",
  seeds: () => [proofs],
  check: (bytes) => !("reason" in verifyWebvh({ did, log: Buffer.from(longer), witness: bytes, at: NOW * 1_000 })),
}

const document: Target = {
  name: "did-document",
  about: "verifyWeb and keysOf: a document of did:web as a host publishes it",
  seeds: () => [Buffer.from(JSON.stringify(documentOf(WEB)))],
  check: (bytes) => {
    const found = verifyWeb(WEB, bytes)
    if ("reason" in found) return false
    const keys = keysOf(found.document, new Set([WEB]))
    if ("reason" in keys) return false
    for (const { alg, publicKey } of keys)
      if (publicKey.length !== (alg === "ES256" ? 33 : 32)) throw new Error("a key of another length")
    return true
  },
}

const ETHR = `did:ethr:0x${"ab".repeat(20)}`
const attribute = (block: number, name: string, value: Uint8Array, validTo = String(NOW + 3_600)) => ({
  block,
  kind: "attribute",
  name: `0x${Buffer.from(name.padEnd(32, "\0")).toString("hex")}`,
  value: `0x${Buffer.from(value).toString("hex")}`,
  validTo,
})
const HISTORY = {
  chain: 1,
  registry: `0x${"cd".repeat(20)}`,
  changes: [
    { block: 1, kind: "owner", owner: `0x${"ef".repeat(20)}` },
    attribute(2, "did/pub/Ed25519/sigAuth/base64", publicKeyOf(device!).publicKey),
    attribute(2, "did/pub/Ed25519/veriKey/base64", publicKeyOf(next!).publicKey),
    attribute(3, "did/pub/Ed25519/veriKey/base64", publicKeyOf(next!).publicKey, "0"),
  ],
}

const ethr: Target = {
  name: "did-ethr-history",
  about: "verifyEthr: what a registry says of an address, as resolvers have read it",
  seeds: () => [Buffer.from(JSON.stringify(HISTORY))],
  check: (bytes) => {
    const found = verifyEthr(ETHR, bytes, NOW * 1_000)
    if ("reason" in found) return false
    for (const { alg, publicKey, until } of found.keys) {
      if (publicKey.length !== (alg === "ES256" ? 33 : 32)) throw new Error("a key of another length")
      if (until !== null && until <= NOW * 1_000) throw new Error("a key that had ended is in force")
    }
    return true
  },
}

/** As resolvers sign them. */
export const DID_ITEMS: Readonly<Record<string, unknown>> = {
  "did-document": {
    did,
    checked: NOW * 1_000,
    expires: (NOW + 3_600) * 1_000,
    published: longer,
    witness: proofs.toString(),
  },
  "signer-document": {
    did: ETHR,
    checked: NOW * 1_000,
    expires: (NOW + 3_600) * 1_000,
    published: JSON.stringify(HISTORY),
    witness: null,
  },
  "did-unavailable": {
    did: WEB,
    checked: NOW * 1_000,
    again: (NOW + 60) * 1_000,
    why: "not_found",
    detail: "the server answers 404",
  },
}

export const DOCUMENTS: ReadonlyArray<Target> = [webvh, witnessed, document, ethr]

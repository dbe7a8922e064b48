/** Messages in CBOR: what a device sends as COSE_Sign1. Anybody may send these. */
import { decodeCbor, encodeCbor, isCborFailure, parseSign1, splitSequence } from "@assay/cose"
import { type CoseClaims, claimedIssuer, coseMessage, openMessage, readEvidenceBytes } from "@assay/message"
import type { Target } from "../target.ts"
import { devices } from "../world.ts"

const TYPES = ["m2m+cwt", "m2m-presentation+cwt", "m2m-evidence+cwt"]

const messages = (): ReadonlyArray<Buffer> =>
  devices.flatMap((device) => {
    const { key, kid } = device.profile.identity
    const { iss, aud, iat } = device.payload()
    const evidence = { format: "tpm2", quote: "AAEC", chain: ["AwQ"], pcrs: { 0: "BQYH" }, endorsement: "a.b.c" }
    const says = [
      device.payload(),
      device.payload({ act: "event", body: { a: [1, 2.5, null, true, "x"] } }),
      { iss, aud, iat, epo: 1, challenge: "a.b.c", evidence },
    ]
    return says.map((claims) => coseMessage(claims as unknown as CoseClaims, key, kid))
  })

const cbor: Target = {
  name: "cbor",
  about: "decodeCbor: deterministic CBOR (RFC 8949, section 4.2.1), from anybody",
  seeds: () => [
    ...messages().map((message) => message.subarray(1)),
    Buffer.from("a3002001fb3ff199999999999a6161c48221196ab3", "hex"),
  ],
  check: (bytes) => {
    const found = decodeCbor(bytes)
    if (isCborFailure(found)) return false
    const again = decodeCbor(encodeCbor(found))
    if (isCborFailure(again)) throw new Error("what was read cannot be written")
    return true
  },
}

const cose: Target = {
  name: "cose",
  about: "openMessage: a COSE_Sign1 (RFC 9052) with claims and SenML (RFC 8428), from anybody",
  seeds: messages,
  check: (bytes) => {
    const opened = openMessage(bytes)
    const found = parseSign1(bytes, TYPES)
    if ("reason" in found || "reason" in opened) return false
    const parts = [found.payload, found.signature]
    if (parts.some((part) => !Buffer.from(bytes).includes(Buffer.from(part))))
      throw new Error("a part is none of what was sent")
    const { read } = opened
    if ("reason" in read) return false
    if ((readEvidenceBytes(bytes) !== null) !== (read.claims.kind === "evidence"))
      throw new Error("the same bytes are evidence for one reader and none for another")
    if (claimedIssuer(bytes) !== read.claims.iss) throw new Error("routed to another device than it is read as")
    if (JSON.stringify(read).length > 32 * (bytes.length + 1024))
      throw new Error("the claims are far larger than what was sent")
    return true
  },
}

const sequence: Target = {
  name: "cbor-seq",
  about: "splitSequence: a CBOR sequence (RFC 8742) of messages, from anybody",
  seeds: () => [Buffer.concat(messages())],
  check: (bytes) => {
    const items = splitSequence(bytes, 1_000)
    if (isCborFailure(items)) return false
    if (!Buffer.concat(items.map((item) => Buffer.from(item))).equals(Buffer.from(bytes)))
      throw new Error("bytes are lost")
    return true
  },
}

export const COMPACT: ReadonlyArray<Target> = [cbor, cose, sequence]

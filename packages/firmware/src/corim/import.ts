/**
 * A signed CoRIM (draft-ietf-rats-corim): reference values in concise module identifiers. Read are the reference triples: what a
 * class of devices may measure. Of every other triple nothing is taken.
 *
 *   18([protected, {}, bstr 501({1: [*506(bstr comid)], ...}), signature]);  comid: {4: {0: [*[environment, [*measurement]]]}}
 */
import type { KeyObject } from "node:crypto"
import { decodeTagged, isCborFailure, Tagged, type TaggedCbor } from "@assay/cose"
import { FirmwareError } from "../error.ts"
import type { Imported } from "../imported.ts"
import { readSign1 } from "../sign1.ts"

const CORIM = 501
const COMID = 506
const CONTENT_TYPE = 3
const MEDIA_TYPE = "application/rim+cbor"
const MAX_BYTES = 1 << 20
const MAX_MEASURED = 1_024

/** Named Information hash algorithms (RFC 6920), and the bytes of their digests. */
const HASHES = new Map<TaggedCbor | undefined, number>([
  [1, 32],
  ["sha-256", 32],
  [7, 48],
  ["sha-384", 48],
  [8, 64],
  ["sha-512", 64],
])

type Measured = Imported["measured"][number]

const bad = (what: string): FirmwareError => new FirmwareError("firmware.malformed", what)

const decode = (bytes: Uint8Array, what: string): TaggedCbor => {
  const found = decodeTagged(bytes)
  if (isCborFailure(found)) throw bad(`${what}: ${found.detail}`)
  return found
}

const mapIn = (value: TaggedCbor | undefined, what: string): ReadonlyMap<number | string, TaggedCbor> => {
  if (value instanceof Map) return value
  throw bad(`${what} is no map`)
}

const listIn = (value: TaggedCbor | undefined, what: string): ReadonlyArray<TaggedCbor> => {
  if (Array.isArray(value)) return value as ReadonlyArray<TaggedCbor>
  throw bad(`${what} is no list`)
}

const tagged = (value: TaggedCbor, tag: number, what: string): TaggedCbor => {
  if (value instanceof Tagged && value.tag === tag) return value.value
  throw bad(`${what} has not the tag ${tag}`)
}

const textIn = (value: TaggedCbor | undefined): string | null => (typeof value === "string" ? value : null)

/** Vendor and model of an environment: a triple for another device must not become a reference of this one. */
const modelOf = (
  environment: ReadonlyMap<number | string, TaggedCbor>,
): { readonly vendor: string | null; readonly model: string | null } => {
  const cls = environment.get(0)
  if (!(cls instanceof Map)) return { vendor: null, model: null }
  return { vendor: textIn(cls.get(1)), model: textIn(cls.get(2)) }
}

const digestsOf = (measurement: TaggedCbor, name: string): ReadonlyArray<Measured> => {
  const values = mapIn(mapIn(measurement, "a measurement").get(1), "the values of a measurement")
  const digests = values.get(2)
  if (digests === undefined) return []
  const label = textIn(values.get(11))
  return listIn(digests, "digests").map((one) => {
    const [algorithm, digest] = listIn(one, "a digest")
    const size = HASHES.get(algorithm)
    if (size === undefined)
      throw new FirmwareError(
        "firmware.unsupported",
        "a digest is of another algorithm than SHA-256, SHA-384 and SHA-512",
      )
    if (!(digest instanceof Uint8Array) || digest.length !== size)
      throw bad("a digest has not the length of its algorithm")
    return { name: (label ?? name).slice(0, 128), digest: Buffer.from(digest).toString("hex") }
  })
}

const measuredIn = (comid: TaggedCbor, wanted: CorimTerms): ReadonlyArray<Measured> => {
  const triples = mapIn(mapIn(comid, "a comid").get(4), "the triples of a comid").get(0)
  if (triples === undefined) return []
  return listIn(triples, "the reference triples").flatMap((triple) => {
    const [environment, measurements] = listIn(triple, "a reference triple")
    const { vendor, model } = modelOf(mapIn(environment, "an environment"))
    if ((wanted.vendor !== null && vendor !== wanted.vendor) || (wanted.model !== null && model !== wanted.model))
      return []
    const name = [vendor, model].filter((one) => one !== null).join(" ") || "component"
    return listIn(measurements, "the measurements of a reference triple").flatMap((one) => digestsOf(one, name))
  })
}

export interface CorimTerms {
  readonly keys: ReadonlyArray<KeyObject>
  /** As the document names them; null: those of every device are taken. */
  readonly vendor: string | null
  readonly model: string | null
}

/** @throws FirmwareError */
export const importCorim = (file: Uint8Array, terms: CorimTerms): Imported => {
  if (file.length > MAX_BYTES) throw bad(`a CoRIM has at most ${MAX_BYTES} bytes`)
  if (decode(file, "the CoRIM") instanceof Tagged && file[0] !== 0xd2)
    throw new FirmwareError(
      "firmware.unsigned",
      "the CoRIM is not signed: it does not begin with the tag of a COSE_Sign1 (d2)",
    )
  const signed = readSign1(file, "the CoRIM")
  if (signed.header.get(CONTENT_TYPE) !== MEDIA_TYPE) throw bad(`the content type of the CoRIM is not ${MEDIA_TYPE}`)
  if (signed.payload === null || !signed.isSignedBy(terms.keys))
    throw new FirmwareError("firmware.unsigned", `none of the ${terms.keys.length} keys given signed the CoRIM`)
  const corim = mapIn(tagged(decode(signed.payload, "the payload"), CORIM, "the payload"), "the CoRIM")
  const measured = new Map<string, Measured>()
  for (const tag of listIn(corim.get(1), "the tags of the CoRIM")) {
    // Concise software identifiers and trust anchors are other tags.
    if (!(tag instanceof Tagged) || tag.tag !== COMID) continue
    if (!(tag.value instanceof Uint8Array)) throw bad("a comid is no byte string")
    for (const one of measuredIn(decode(tag.value, "a comid"), terms)) measured.set(one.digest, one)
  }
  if (measured.size === 0)
    throw new FirmwareError(
      "firmware.other_model",
      "the CoRIM has no digest among the reference triples of this vendor and model",
    )
  if (measured.size > MAX_MEASURED) throw bad(`the CoRIM has more than ${MAX_MEASURED} digests`)
  return { releases: [], measured: [...measured.values()], about: `CoRIM with ${measured.size} reference values` }
}

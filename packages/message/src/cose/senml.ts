/** SenML packs in CBOR (RFC 8428 section 6): integer labels for the names of its JSON form, byte strings for data values. */
import { type Cbor, type CborMap, isArray, isBytes, isMap } from "@assay/cose"
import { encodeBase64url } from "@assay/did"
import type { Json, JsonObject } from "@assay/jose"

/** Section 6, table 4. */
export const SENML_LABELS: ReadonlyArray<readonly [label: number, name: string]> = [
  [-1, "bver"],
  [-2, "bn"],
  [-3, "bt"],
  [-4, "bu"],
  [-5, "bv"],
  [-6, "bs"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [3, "vs"],
  [4, "vb"],
  [5, "s"],
  [6, "t"],
  [7, "ut"],
  [8, "vd"],
]

const NAMES = new Map(SENML_LABELS)
const SPELT = new Set(NAMES.values())

/** A value that has no JSON form: what `readPack` calls by its name, since it is of no type that is meant. */
const OF_NO_TYPE: Json = {}

const jsonOf = (name: string, value: Cbor): Json => {
  if (name === "vd") return isBytes(value) ? encodeBase64url(value) : OF_NO_TYPE
  return typeof value === "object" && value !== null ? OF_NO_TYPE : value
}

/** The record with the names of the JSON form, or what is wrong with it. */
const recordOf = (record: CborMap): JsonObject | string => {
  const found: Record<string, Json> = Object.create(null)
  for (const [label, value] of record) {
    if (typeof label === "string") {
      if (SPELT.has(label)) return `spells ${label} as a text: its label is an integer`
      // Others are passed over, unless they must be understood (section 4.4).
      if (label.endsWith("_")) found[label] = OF_NO_TYPE
      continue
    }
    const name = NAMES.get(label)
    if (name !== undefined) found[name] = jsonOf(name, value)
  }
  return found
}

/** The pack in its JSON form, for `readPack`, which says what is wrong with it; or text where it has no such form. */
export const packOf = (pack: Cbor | undefined): ReadonlyArray<Json> | string => {
  if (!isArray(pack)) return "senml is not an array"
  const records: Array<Json> = []
  for (let index = 0; index < pack.length; index++) {
    const record = pack[index]
    const found = isMap(record) ? recordOf(record) : null
    if (typeof found === "string") return `senml record ${index} ${found}`
    records.push(found)
  }
  return records
}

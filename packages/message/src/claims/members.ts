/** What single members of a payload must be, however they were read. */
import { isObject, type Json, type JsonObject } from "@assay/jose"
import type { FirmwareClaim } from "@assay/trust"
import { isPrintable } from "./printable.ts"

const MAX_NAME = 128
const HEX_DIGEST = /^[0-9a-f]{64}$/

export const isCount = (value: Json | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

const isName = (value: unknown): value is string => isPrintable(value, MAX_NAME)

/** The members of a firmware claim, whatever they are. */
export interface FirmwareMembers {
  vendor: Json | undefined
  class: Json | undefined
  digest: Json | undefined
  version: Json | undefined
  svn: Json | undefined
}

/** The claim, or what is wrong with it. */
export const firmwareOf = ({
  vendor,
  class: kind,
  digest,
  version,
  svn,
}: Readonly<FirmwareMembers>): FirmwareClaim | string => {
  if (!isName(vendor) || !isName(kind) || !isName(version))
    return "fw: vendor, class or version is not short printable text"
  if (typeof digest !== "string" || !HEX_DIGEST.test(digest)) return "fw: digest is not lower-case hex SHA-256"
  if (!isCount(svn)) return "fw: svn is not a count"
  return { vendor, class: kind, digest, version, svn }
}

/** What a device may say of its firmware beside the claim; it stays in the signed bytes (`readFirmwareParts`). */
export interface FirmwareParts {
  /** Its images, where it has several: the claim's digest is that of the set. Empty: it names none. */
  readonly components: ReadonlyArray<{ readonly name: string; readonly digest: string }>
  /** What lies in the slot that it does not run; null where it does not say. */
  readonly spare: { readonly version: string; readonly svn: number; readonly digest: string } | null
}

const MAX_COMPONENTS = 16
const NO_PARTS: FirmwareParts = { components: [], spare: null }

const hasOnly = (value: JsonObject, members: ReadonlyArray<string>): boolean =>
  Object.keys(value).every((member) => members.includes(member))

/** The parts, or what is wrong with them. */
export const firmwarePartsOf = ({ components, spare }: JsonObject): FirmwareParts | string => {
  if (components === undefined && spare === undefined) return NO_PARTS
  const found: Array<FirmwareParts["components"][number]> = []
  if (components !== undefined) {
    if (!Array.isArray(components) || components.length === 0 || components.length > MAX_COMPONENTS)
      return `fw: components is not an array of 1 to ${MAX_COMPONENTS}`
    for (const one of components as ReadonlyArray<Json>) {
      if (!isObject(one) || !hasOnly(one, ["name", "digest"]) || !isName(one.name))
        return "fw: a component is not {name, digest} with a name of short printable text"
      if (typeof one.digest !== "string" || !HEX_DIGEST.test(one.digest))
        return "fw: the digest of a component is not lower-case hex SHA-256"
      const { name, digest } = one
      if (found.some((other) => other.name === name)) return "fw: a component is named twice"
      found.push({ name, digest })
    }
  }
  if (spare === undefined) return { components: found, spare: null }
  if (!isObject(spare) || !hasOnly(spare, ["version", "svn", "digest"]) || !isName(spare.version))
    return "fw: spare is not {version, svn, digest}"
  const { version, svn, digest } = spare
  if (typeof digest !== "string" || !HEX_DIGEST.test(digest))
    return "fw: the digest of spare is not lower-case hex SHA-256"
  return isCount(svn) ? { components: found, spare: { version, svn, digest } } : "fw: the svn of spare is not a count"
}

/** What single members of a payload must be, however they were read. */
import type { Json } from "@assay/jose"
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

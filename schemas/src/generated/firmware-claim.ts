// Generated from schemas/avsc/firmware-claim.avsc by `npm run schemas:generate`. Do not edit.
import type { FirmwareClaim } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeFirmwareClaim = (to: Writer, value: FirmwareClaim): void => {
  to.string(value.vendor)
  to.string(value.class)
  to.string(value.digest)
  to.string(value.version)
  to.long(value.svn)
}

export const readFirmwareClaim = (from: Reader): FirmwareClaim => ({
  vendor: from.word(),
  class: from.word(),
  digest: from.word(),
  version: from.word(),
  svn: from.long(),
})

// Generated from schemas/avsc/reading.avsc by `npm run schemas:generate`. Do not edit.
import type { Reading } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeReading = (to: Writer, value: Reading): void => {
  to.string(value.name)
  to.optionalString(value.unit)
  if (value.value === null) to.tag(0)
  else {
    to.tag(1)
    to.double(value.value)
  }
  to.optionalString(value.text)
  if (value.flag === null) to.tag(0)
  else {
    to.tag(1)
    to.boolean(value.flag)
  }
  to.double(value.time)
}

export const readReading = (from: Reader): Reading => ({
  name: from.string(),
  unit: from.optionalWord(),
  value: from.tag(2) === 0 ? null : from.double(),
  text: from.optionalString(),
  flag: from.tag(2) === 0 ? null : from.boolean(),
  time: from.double(),
})

// Generated from schemas/avsc/passport.avsc by `npm run schemas:generate`. Do not edit.
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import type { IssuedPassport } from "./types.ts"

const SCHEMA = boundSchema("passport")

const writeIssuedPassport = (to: Writer, value: IssuedPassport): void => {
  to.string(value.device)
  to.string(value.serial)
  to.string(value.zone)
  to.long(value.issued)
  to.long(value.expires)
  to.long(value.audit)
  to.string(value.jwt)
  if (value.cwt === null) to.tag(0)
  else {
    to.tag(1)
    to.bytes(value.cwt)
  }
}

const readIssuedPassport = (from: Reader): IssuedPassport => ({
  device: from.string(),
  serial: from.string(),
  zone: from.word(),
  issued: from.long(),
  expires: from.long(),
  audit: from.long(),
  jwt: from.string(),
  cwt: from.tag(2) === 0 ? null : from.bytes(),
})

/**
 * One record of trust.passports: a passport as it was issued, for its device.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodePassport = (value: IssuedPassport): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeIssuedPassport(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodePassport = (record: Uint8Array): IssuedPassport => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readIssuedPassport(reader)
  reader.finish()
  return value
}

/** What a device says, and what its credential says of it: claims, readings and subject. */
import type { Claims, FirmwareClaim, MessageType, Reading, Subject } from "@assay/trust"
import { type Reader, readString } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { action, assurance, symbols } from "./parts.ts"

const algorithm = symbols(["Ed25519", "ES256"] as const)

const writeFirmware = (to: Writer, firmware: FirmwareClaim): void => {
  to.string(firmware.vendor)
  to.string(firmware.class)
  to.string(firmware.digest)
  to.string(firmware.version)
  to.long(firmware.svn)
}

const readFirmware = (from: Reader): FirmwareClaim => ({
  vendor: from.word(),
  class: from.word(),
  digest: from.word(),
  version: from.word(),
  svn: from.long(),
})

export const writeClaims = (to: Writer, claims: Claims): void => {
  to.string(claims.typ)
  algorithm.write(to, claims.alg)
  to.string(claims.kid)
  to.string(claims.iss)
  to.string(claims.aud)
  to.long(claims.iat)
  if (claims.act === null) to.tag(0)
  else {
    to.tag(1)
    action.write(to, claims.act)
  }
  to.long(claims.epo)
  to.long(claims.seq)
  to.optionalString(claims.prv)
  if (claims.fw === null) to.tag(0)
  else {
    to.tag(1)
    writeFirmware(to, claims.fw)
  }
  to.optionalString(claims.body)
  to.strings(claims.credentials)
  to.string(claims.digest)
}

export const readClaims = (from: Reader): Claims => ({
  typ: from.word() as MessageType,
  alg: algorithm.read(from),
  kid: from.string(),
  iss: from.string(),
  aud: from.word(),
  iat: from.long(),
  act: from.tag(2) === 0 ? null : action.read(from),
  epo: from.long(),
  seq: from.long(),
  prv: from.optionalString(),
  fw: from.tag(2) === 0 ? null : readFirmware(from),
  body: from.optionalString(),
  credentials: from.array(readString),
  digest: from.string(),
})

export const writeReading = (to: Writer, reading: Reading): void => {
  to.string(reading.name)
  to.optionalString(reading.unit)
  if (reading.value === null) to.tag(0)
  else {
    to.tag(1)
    to.double(reading.value)
  }
  to.optionalString(reading.text)
  if (reading.flag === null) to.tag(0)
  else {
    to.tag(1)
    to.boolean(reading.flag)
  }
  to.double(reading.time)
}

export const readReading = (from: Reader): Reading => ({
  // A name holds the device's own prefix: as a word it would only push out those that do repeat.
  name: from.string(),
  unit: from.optionalWord(),
  value: from.tag(2) === 0 ? null : from.double(),
  text: from.optionalString(),
  flag: from.tag(2) === 0 ? null : from.boolean(),
  time: from.double(),
})

export const writeSubject = (to: Writer, subject: Subject): void => {
  to.string(subject.vendor)
  to.string(subject.class)
  assurance.write(to, subject.assurance)
}

export const readSubject = (from: Reader): Subject => ({
  vendor: from.word(),
  class: from.word(),
  assurance: assurance.read(from),
})

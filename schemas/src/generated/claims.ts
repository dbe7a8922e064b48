// Generated from schemas/avsc/claims.avsc by `npm run schemas:generate`. Do not edit.
import { ACTIONS, ALGORITHMS, type Claims, type MessageType } from "@assay/trust"
import { type Reader, readString } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { readFirmwareClaim, writeFirmwareClaim } from "./firmware-claim.ts"

export const writeClaims = (to: Writer, value: Claims): void => {
  to.string(value.typ)
  to.symbol(ALGORITHMS, value.alg)
  to.string(value.kid)
  to.string(value.iss)
  to.string(value.aud)
  to.long(value.iat)
  if (value.act === null) to.tag(0)
  else {
    to.tag(1)
    to.symbol(ACTIONS, value.act)
  }
  to.long(value.epo)
  to.long(value.seq)
  to.optionalString(value.prv)
  if (value.fw === null) to.tag(0)
  else {
    to.tag(1)
    writeFirmwareClaim(to, value.fw)
  }
  to.optionalString(value.body)
  to.strings(value.credentials)
  to.string(value.digest)
}

export const readClaims = (from: Reader): Claims => ({
  typ: from.word() as MessageType,
  alg: from.symbol(ALGORITHMS),
  kid: from.string(),
  iss: from.string(),
  aud: from.word(),
  iat: from.long(),
  act: from.tag(2) === 0 ? null : from.symbol(ACTIONS),
  epo: from.long(),
  seq: from.long(),
  prv: from.optionalString(),
  fw: from.tag(2) === 0 ? null : readFirmwareClaim(from),
  body: from.optionalString(),
  credentials: from.array(readString),
  digest: from.string(),
})

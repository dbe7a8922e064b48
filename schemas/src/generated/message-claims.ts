// Generated from schemas/avsc/message-claims.avsc by `npm run schemas:generate`. Do not edit.
import { ACTIONS, ALGORITHMS, type MessageClaims } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { readFirmwareClaim, writeFirmwareClaim } from "./firmware-claim.ts"

export const writeMessageClaims = (to: Writer, value: MessageClaims): void => {
  to.symbol(ALGORITHMS, value.alg)
  to.string(value.kid)
  to.string(value.iss)
  to.string(value.aud)
  to.long(value.iat)
  to.string(value.digest)
  to.symbol(ACTIONS, value.act)
  to.long(value.epo)
  to.long(value.seq)
  to.optionalString(value.prv)
  if (value.fw === null) to.tag(0)
  else {
    to.tag(1)
    writeFirmwareClaim(to, value.fw)
  }
  to.optionalString(value.body)
}

export const readMessageClaims = (from: Reader): MessageClaims => ({
  kind: "message",
  alg: from.symbol(ALGORITHMS),
  kid: from.string(),
  iss: from.string(),
  aud: from.word(),
  iat: from.long(),
  digest: from.string(),
  act: from.symbol(ACTIONS),
  epo: from.long(),
  seq: from.long(),
  prv: from.optionalString(),
  fw: from.tag(2) === 0 ? null : readFirmwareClaim(from),
  body: from.optionalString(),
})

// Generated from schemas/avsc/presentation-claims.avsc by `npm run schemas:generate`. Do not edit.
import { ALGORITHMS, type PresentationClaims } from "@assay/trust"
import { type Reader, readString } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writePresentationClaims = (to: Writer, value: PresentationClaims): void => {
  to.symbol(ALGORITHMS, value.alg)
  to.string(value.kid)
  to.string(value.iss)
  to.string(value.aud)
  to.long(value.iat)
  to.string(value.digest)
  to.strings(value.credentials)
}

export const readPresentationClaims = (from: Reader): PresentationClaims => ({
  kind: "presentation",
  alg: from.symbol(ALGORITHMS),
  kid: from.string(),
  iss: from.string(),
  aud: from.word(),
  iat: from.long(),
  digest: from.string(),
  credentials: from.array(readString),
})

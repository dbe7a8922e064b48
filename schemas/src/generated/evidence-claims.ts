// Generated from schemas/avsc/evidence-claims.avsc by `npm run schemas:generate`. Do not edit.
import { ALGORITHMS, type EvidenceClaims } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeEvidenceClaims = (to: Writer, value: EvidenceClaims): void => {
  to.symbol(ALGORITHMS, value.alg)
  to.string(value.kid)
  to.string(value.iss)
  to.string(value.aud)
  to.long(value.iat)
  to.string(value.digest)
  to.long(value.epo)
  to.string(value.format)
}

export const readEvidenceClaims = (from: Reader): EvidenceClaims => ({
  kind: "evidence",
  alg: from.symbol(ALGORITHMS),
  kid: from.string(),
  iss: from.string(),
  aud: from.word(),
  iat: from.long(),
  digest: from.string(),
  epo: from.long(),
  format: from.word(),
})

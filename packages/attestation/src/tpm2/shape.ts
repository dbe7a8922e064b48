/** The members of a TPM's evidence, read strictly; and its refusals under the names that all formats share. */
import { dictionary, list, object, oneOf, optional, text, type ValueOf } from "@assay/jose/shape"
import { bytes } from "../evidence/read.ts"
import { type EvidenceReason, type EvidenceRefused, refused } from "../evidence/reason.ts"
import type { Refused, TpmReason } from "../reason.ts"
import { MAX_TOKEN_CHARS } from "../tokens/signed.ts"
import { MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { MAX_CHAIN } from "../x509/chain.ts"
import { MAX_LOG_BYTES } from "./event-log.ts"

const MAX_STRUCTURE = 1_024

export const shape = object({
  format: oneOf(["tpm2"]),
  /** TPMT_PUBLIC of the attestation key, and of the key of the DID. */
  ak: bytes(MAX_STRUCTURE),
  key: bytes(MAX_STRUCTURE),
  /** TPMS_ATTEST and TPMT_SIGNATURE. */
  quote: bytes(MAX_STRUCTURE),
  quoteSignature: bytes(MAX_STRUCTURE),
  certify: bytes(MAX_STRUCTURE),
  certifySignature: bytes(MAX_STRUCTURE),
  /** SHA-256 values by index. */
  pcrs: dictionary(/^(?:0|[1-9]|1\d|2[0-3])$/, bytes(32), 24),
  log: optional(bytes(MAX_LOG_BYTES), null),
  endorsement: text(MAX_TOKEN_CHARS),
  /** Of the endorsement key, DER, leaf first. */
  chain: list(bytes(MAX_CERTIFICATE_BYTES), MAX_CHAIN, 1),
})

export type TpmEvidence = ValueOf<typeof shape>

const REASON: Readonly<Record<TpmReason, EvidenceReason>> = {
  "tpm.malformed": "evidence_malformed",
  "tpm.algorithm_refused": "evidence_alg_refused",
  "tpm.key_refused": "evidence_key_refused",
  "tpm.signature_invalid": "evidence_unverified",
  "tpm.nonce_mismatch": "evidence_not_fresh",
  "tpm.pcr_refused": "evidence_pcr_mismatch",
  "tpm.pcr_mismatch": "evidence_pcr_mismatch",
  "tpm.name_mismatch": "evidence_key_mismatch",
}

export const asRefused = (what: string, { reason, detail }: Refused): EvidenceRefused =>
  refused(REASON[reason], `${what}: ${detail}`)

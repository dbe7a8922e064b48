/**
 * Evidence of a TPM 2.0: a quote of the PCRs, a certification that the key of the device's DID lies in the same TPM, the endorsement
 * of the attestation key, and the chain of the endorsement key. The quote was made for the challenge; the rest is true as
 * long as the keys lie where they lie.
 */
import { encodeDidKey, keyIdOfDid, publicKeyOf } from "@assay/did"
import { dictionary, formatPath, list, object, oneOf, optional, readShape, text } from "@assay/jose/shape"
import { collected, type Measured, measured, measuredFirmware, SLOT } from "../appraise/measured.ts"
import { bytes } from "../evidence/bytes.ts"
import type { Counters, EvidenceContext, VerifierOf } from "../evidence/context.ts"
import { type EvidenceReason, type EvidenceRefused, refused } from "../evidence/reason.ts"
import { MalformedError } from "../malformed.ts"
import type { Refused, TpmReason } from "../reason.ts"
import { ENDORSEMENT_TYP, type Endorsement, endorsementShape } from "../tokens/endorsement.ts"
import { MAX_TOKEN_CHARS, readSigned } from "../tokens/signed.ts"
import { MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { type Chain, MAX_CHAIN, verifyChain } from "../x509/chain.ts"
import type { Quote } from "./attest.ts"
import { MAX_LOG_BYTES, replayEventLog } from "./event-log.ts"
import { qualifiedNameUnder } from "./names.ts"
import type { PublicArea } from "./public-area.ts"
import { openPublicArea, verifyCertification, verifyQuote } from "./verify.ts"

const MAX_STRUCTURE = 1_024
/** PCRs that firmware extends: what the log says nothing of must still be as the TPM began. */
const BOOT_PCRS = 8
/** tcg-kp-EKCertificate (TCG EK credential profile, section 3.2.16). */
const EK_CERTIFICATE = "2.23.133.8.1"
/** Subject directory attributes, with which makers describe the TPM; nothing is decided by them. */
const UNDERSTOOD: ReadonlySet<string> = new Set(["2.5.29.9"])

const shape = object({
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

export type TpmEvidence = Exclude<ReturnType<typeof shape>, undefined>

const REASON: Readonly<Record<TpmReason, EvidenceReason>> = {
  "tpm.malformed": "evidence_malformed",
  "tpm.algorithm_refused": "evidence_algorithm_refused",
  "tpm.key_refused": "evidence_key_refused",
  "tpm.signature_invalid": "evidence_signature_invalid",
  "tpm.nonce_mismatch": "evidence_not_fresh",
  "tpm.pcr_refused": "evidence_pcr_mismatch",
  "tpm.pcr_mismatch": "evidence_pcr_mismatch",
  "tpm.name_mismatch": "evidence_key_mismatch",
}

const asRefused = (what: string, { reason, detail }: Refused): EvidenceRefused =>
  refused(REASON[reason], `${what}: ${detail}`)

const encode = (found: Uint8Array): string => Buffer.from(found).toString("base64url")

/** Who vouches for the attestation key, and that for this device. */
const endorsed = (
  { endorsement }: TpmEvidence,
  ak: PublicArea,
  { device, trustDomain, time, endorsers, verify }: EvidenceContext,
): Endorsement | EvidenceRefused => {
  const found = readSigned(endorsement, ENDORSEMENT_TYP, endorsementShape, endorsers, verify)
  if (typeof found === "string") return refused("evidence_not_endorsed", `the endorsement ${found}`)
  const { sub, aud, exp, ak: key } = found
  if (keyIdOfDid(sub) !== keyIdOfDid(device))
    return refused("evidence_not_endorsed", `the hardware is endorsed for ${sub}`)
  if (aud !== trustDomain) return refused("evidence_not_endorsed", `the endorsement is for ${aud}`)
  if (key !== encode(ak.name)) return refused("evidence_not_endorsed", "the endorsement is of another attestation key")
  return time < exp * 1000 ? found : refused("evidence_not_endorsed", "the endorsement has expired: enrol again")
}

/** Who made the TPM. */
const madeBy = (
  { chain }: TpmEvidence,
  { cert }: Endorsement,
  { endorsements: { roots, revoked }, time }: EvidenceContext,
): Chain | EvidenceRefused => {
  const found = verifyChain(chain, { roots: roots.get("tpm2") ?? [], revoked, time, understood: UNDERSTOOD })
  if (typeof found === "string") return refused("evidence_maker_unknown", found)
  const { leaf } = found
  if (leaf.hash.toString("base64url") !== cert)
    return refused("evidence_not_endorsed", "the endorsement is of another certificate")
  if (leaf.isCa || (leaf.extendedUsage.length > 0 && !leaf.extendedUsage.includes(EK_CERTIFICATE)))
    return refused("evidence_maker_unknown", "the certificate is none of an endorsement key")
  return found
}

const quoted = (body: TpmEvidence, ak: PublicArea, digest: Uint8Array, wanted: ReadonlyArray<number>) => {
  const pcrs = new Map(Object.entries(body.pcrs).map(([index, value]) => [Number(index), value]))
  const given = [...pcrs.keys()].sort((a, b) => a - b)
  if (given.join() !== wanted.join() || [...pcrs.values()].some(({ length }) => length !== 32))
    return refused(
      "evidence_pcr_mismatch",
      `SHA-256 values of the PCRs ${wanted.join(", ")}, and no others, are asked for`,
    )
  const { quote: attest, quoteSignature: signature } = body
  const found = verifyQuote({ attest, signature, attestationKey: ak, nonce: digest }, pcrs)
  return "reason" in found ? asRefused("the quote", found) : { quote: found, pcrs }
}

/** The log reproduces the quoted values, or counts for nothing. */
const logged = (
  { log }: TpmEvidence,
  pcrs: ReadonlyMap<number, Uint8Array>,
  isRequired: boolean,
): ReadonlyArray<Measured> | EvidenceRefused => {
  if (log === null) return isRequired ? refused("evidence_log_mismatch", "the event log is missing") : []
  const replayed = replayEventLog(log)
  for (const [index, value] of pcrs) {
    const own = replayed.pcrs.get(index) ?? (index < BOOT_PCRS ? new Uint8Array(32) : null)
    if (own !== null && Buffer.compare(own, value) !== 0)
      return refused("evidence_log_mismatch", `the event log does not lead to the value of PCR ${index}`)
  }
  // What was not quoted nobody has signed: such events count for nothing.
  return replayed.events.filter(({ pcr }) => pcrs.has(pcr)).map(({ pcr, digest }) => measured(SLOT.event + pcr, digest))
}

const countersOf = ({ clock, resetCount, restartCount }: Quote): Counters => ({
  clock: Number(clock),
  resets: resetCount,
  restarts: restartCount,
})

const isKeyOf = ({ kind, key }: PublicArea, device: string): boolean =>
  kind === "ES256" && encodeDidKey(publicKeyOf(key)) === keyIdOfDid(device)

const verifyAll = (body: TpmEvidence, digest: Uint8Array, context: EvidenceContext) => {
  const { appraisal } = context.endorsements.body
  const ak = openPublicArea(body.ak)
  if ("reason" in ak) return asRefused("the attestation key", ak)
  if (!appraisal.algorithms.includes(ak.kind))
    return refused(
      "evidence_algorithm_refused",
      `attestation keys are ${appraisal.algorithms.join(", ")}, not ${ak.kind}`,
    )
  const shown = quoted(body, ak, digest, appraisal.pcrs)
  if ("reason" in shown) return shown
  const { certify: attest, certifySignature: signature } = body
  const bound = verifyCertification({ attest, signature, attestationKey: ak, nonce: null }, body.key)
  if ("reason" in bound) return asRefused("the certification", bound)
  if (!isKeyOf(bound, context.device))
    return refused("evidence_key_mismatch", "the certified key is not the one of the device's DID")
  const endorsement = endorsed(body, ak, context)
  if ("reason" in endorsement) return endorsement
  const maker = madeBy(body, endorsement, context)
  if ("reason" in maker) return maker
  const { quote, pcrs } = shown
  const under = qualifiedNameUnder(Buffer.from(endorsement.ek, "base64url"), ak.name)
  if (appraisal.resets === "stated" && Buffer.compare(quote.signer, under) !== 0)
    return refused("evidence_hierarchy", "the attestation key does not lie under the endorsement key")
  const events = logged(body, pcrs, appraisal.eventLog === "required")
  if ("reason" in events) return events
  return {
    measured: collected([
      ...[...pcrs].map(([index, value]) => measured(SLOT.pcr + index, value)),
      ...events,
      measuredFirmware(quote.firmwareVersion),
      ...maker.certificates.map(({ hash }) => measured(SLOT.certificate, hash)),
      measured(SLOT.root, maker.root.hash),
    ]),
    counters: countersOf(quote),
  }
}

export const TPM2: VerifierOf<TpmEvidence> = {
  format: "tpm2",
  read: (evidence) => {
    const found = readShape(shape, evidence as never)
    return "value" in found ? found.value : `${formatPath(["evidence", ...found[0]!.path])} ${found[0]!.message}`
  },
  keyOf: ({ ak }) => {
    const found = openPublicArea(ak)
    return "reason" in found ? asRefused("the attestation key", found) : encode(found.name)
  },
  verify: (body, digest, context) => {
    try {
      return verifyAll(body, digest, context)
    } catch (cause) {
      if (cause instanceof MalformedError) return refused("evidence_malformed", cause.message)
      throw cause
    }
  },
}

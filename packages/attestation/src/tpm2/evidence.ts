/**
 * Evidence of a TPM 2.0: a quote of the PCRs, and what binds the attestation key to the TPM, its maker and the device
 * (`binding.ts`). The quote was made for the challenge; the rest is true as long as the keys lie where they lie.
 */
import { encodeBase64url } from "@assay/did"
import { collected, type Measured, measured, measuredFirmware, SLOT } from "../appraise/measured.ts"
import type { Counters, EvidenceContext, VerifierOf } from "../evidence/context.ts"
import { readerOf } from "../evidence/read.ts"
import { type EvidenceRefused, refused } from "../evidence/reason.ts"
import type { Quote } from "./attest.ts"
import { bindingOf } from "./binding.ts"
import { replayEventLog } from "./event-log.ts"
import { nameOf, qualifiedNameUnder } from "./names.ts"
import type { PublicArea } from "./public-area.ts"
import { asRefused, shape, type TpmEvidence } from "./shape.ts"
import { verifyQuote } from "./verify.ts"

/** PCRs that firmware extends: what the log says nothing of must still be as the TPM began. */
const BOOT_PCRS = 8

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

const verifyAll = (body: TpmEvidence, digest: Uint8Array, context: EvidenceContext) => {
  const { appraisal } = context.endorsements.body
  const bound = bindingOf(body, context)
  if ("reason" in bound) return bound
  const { ak, endorsementKey, endorsedAt, chain } = bound
  const shown = quoted(body, ak, digest, appraisal.pcrs)
  if ("reason" in shown) return shown
  const { quote, pcrs } = shown
  const under = qualifiedNameUnder(endorsementKey, ak.name)
  if (appraisal.resets === "stated" && Buffer.compare(quote.signer, under) !== 0)
    return refused("evidence_hierarchy", "the attestation key does not lie under the endorsement key")
  const events = logged(body, pcrs, appraisal.eventLog === "required")
  if ("reason" in events) return events
  return {
    measured: collected([
      ...[...pcrs].map(([index, value]) => measured(SLOT.pcr + index, value)),
      ...events,
      measuredFirmware(quote.firmwareVersion),
      ...chain,
    ]),
    counters: countersOf(quote),
    endorsedAt,
  }
}

export const TPM2: VerifierOf<TpmEvidence> = {
  format: "tpm2",
  read: readerOf(shape),
  // Whether it is a key at all is for the binding to say.
  keyOf: ({ ak }) => encodeBase64url(nameOf(ak)),
  verify: verifyAll,
}

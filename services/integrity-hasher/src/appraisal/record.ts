/** What is recorded of appraisals: the attestation result, and why an assurance ended. */
import { type Appraisal, earOf } from "@assay/attestation"
import type { AuditDraft } from "@assay/trust"
import { LOGIC_VERSION } from "../logic.ts"
import type { Grounds } from "./grounds.ts"

/** The result, with the hashes of what it rests on. @param evidence digest of the message that brought it; null: it was kept */
export const appraisalEvent = (
  device: string,
  format: string,
  appraisal: Appraisal,
  grounds: Grounds,
  time: number,
  until: number,
  evidence: string | null,
): AuditDraft => {
  const { cited: knowledge } = grounds
  const ear = earOf({ time, expires: until, format, appraisal, knowledge, logic: LOGIC_VERSION })
  const detail = JSON.stringify({ evidence, findings: appraisal.findings, ear })
  return { kind: "appraisal", device, detail }
}

/** From here on the device's assurance is that of its credential. */
export const loweredEvent = (device: string, why: string): AuditDraft => ({
  kind: "appraisal",
  device,
  detail: JSON.stringify({ lowered: why }),
})

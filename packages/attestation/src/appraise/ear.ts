/** An attestation result (draft-ietf-rats-ear-04) of one appraisal, as the audit record keeps it. */
import type { Appraisal } from "./appraise.ts"

export const EAR_PROFILE = "tag:ietf.org,2026:rats/ear#04"

export interface EarParts {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly expires: number
  readonly format: string
  readonly appraisal: Appraisal
  /** Hashes of the knowledge that it rests on, hex. */
  readonly knowledge: ReadonlyArray<string>
  /** The judging logic that appraised. */
  readonly logic: number
}

export const earOf = ({ time, expires, format, appraisal, knowledge, logic }: EarParts) => ({
  eat_profile: EAR_PROFILE,
  iat: Math.floor(time / 1000),
  exp: Math.floor(expires / 1000),
  ear_verifier_id: { developer: "assay", build: `integrity-hasher/${logic}` },
  submods: {
    [format]: {
      ear_status: appraisal.status,
      ear_trustworthiness_vector: appraisal.vector,
      ear_appraisal_policy_ids: knowledge.map((hash) => `urn:assay:knowledge:${hash}`),
    },
  },
})

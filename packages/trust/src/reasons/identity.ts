import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of identity-resolver. */
export const IDENTITY_REASONS = {
  "identity.malformed_record": { severity: "fail", attribution: "unproven", weight: 0, text: "The record is not an entry of this house, or its bytes cannot be read at all" },
  "identity.too_large": { severity: "fail", attribution: "unproven", weight: 0, text: "The message is larger than the size cap" },
  "identity.malformed_jws": { severity: "fail", attribution: "unproven", weight: 0, text: "The bytes are not a strict compact JWS" },
  "identity.malformed_claims": { severity: "fail", attribution: "unproven", weight: 0, text: "The claims are not those of a message" },
  "identity.header_refused": { severity: "fail", attribution: "unproven", weight: 0, text: "The protected header carries a parameter that is refused, or an unknown one" },
  "identity.alg_refused": { severity: "fail", attribution: "unproven", weight: 0, text: "The algorithm is not allowed, or is not the one of the key" },
  "identity.typ_refused": { severity: "fail", attribution: "unproven", weight: 0, text: "The token is of another type than the verifier expects here" },
  "identity.did_unsupported": { severity: "fail", attribution: "unproven", weight: 0, text: "The DID method is not supported for devices" },
  "identity.did_invalid": { severity: "fail", attribution: "unproven", weight: 0, text: "The DID or its key cannot be decoded" },
  "identity.key_mismatch": { severity: "fail", attribution: "unproven", weight: 0, text: "kid does not name a key of iss" },
  "identity.weak_key": { severity: "fail", attribution: "unproven", weight: 0, text: "The public key has low order, is not canonical or is not on its curve" },
  "identity.signature_invalid": { severity: "fail", attribution: "unproven", weight: 0, text: "The signature does not verify under the key of the DID" },
  "identity.misrouted": { severity: "fail", attribution: "unproven", weight: 0, text: "The record lies under another key or partition than its issuer routes to" },
  "identity.replayed": { severity: "fail", attribution: "unproven", weight: 0, text: "This exact message was accepted before" },
  "identity.audience_refused": { severity: "fail", attribution: "device", weight: 0.2, text: "aud is not under the trust domain of this deployment" },
  "identity.iat_before_genesis": { severity: "fail", attribution: "device", weight: 0.2, text: "The message claims to be older than the log" },
  "identity.stale": { severity: "fail", attribution: "device", weight: 0.1, text: "The message is older than its act allows" },
  "identity.future": { severity: "fail", attribution: "device", weight: 0.2, text: "The message claims to come from the future" },
  "identity.epoch_jump": { severity: "fail", attribution: "device", weight: 0.5, text: "The boot epoch jumped further than allowed" },
  "identity.sequence_jump": { severity: "fail", attribution: "device", weight: 0.3, text: "The counter jumped further than allowed" },
  "identity.equivocation": { severity: "fail", attribution: "device", weight: 1, text: "Two different messages were signed for the same counter" },
  "identity.clone_evidence": { severity: "fail", attribution: "device", weight: 1, text: "New content was signed for a position that the device had left: a second copy of its key speaks" },
  "identity.role_refused": { severity: "fail", attribution: "device", weight: 1, text: "The DID has another role in the trust bundle than device" },
  "identity.stranger": { severity: "warn", attribution: "knowledge", weight: 0, text: "The device has not been admitted by an accepted credential" },
} as const satisfies Record<string, ReasonInfo>

import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of integrity-hasher. */
export const INTEGRITY_REASONS = {
  "integrity.chain_broken": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "prv is not the digest of the message before: something was altered or left out",
    remedy:
      "Find out what lies between device and ingress that alters or drops messages, and whether the device was restored from an image; release it with two operators once it is explained",
  },
  "integrity.chain_gap": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "Messages before this one never arrived",
    remedy:
      "See why messages were lost on the way; nothing is to be done for a single gap, and the device is not charged",
  },
  "integrity.chain_pending": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "A message before this one has not arrived yet",
    remedy: "Nothing: it becomes a gap, or the late message closes it",
  },
  "integrity.chain_unknown": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "No earlier message of this device is known here to compare with",
    remedy: "Nothing: the next message of the device has this one to compare with",
  },
  "integrity.firmware_unknown": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The firmware digest is not in the references",
    remedy:
      "If the firmware is yours, list its digest in the reference values of its class or in the bundle, and activate them; else find out what runs on the device",
  },
  "integrity.firmware_tampered": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware version was reported with another digest",
    remedy: "Take the device out of service and examine it. If the reference is wrong, correct it in the bundle first",
  },
  "integrity.firmware_lying": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware digest was reported under another version",
    remedy:
      "Take the device out of service and examine it: it names another version than its digest has. If the reference is wrong, correct it in the bundle first",
  },
  "integrity.reference_changed": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The firmware passed before, and the references of the bundle in force do not list it any more",
    remedy:
      "If the references were changed by mistake, activate a bundle with the right ones: the device was not charged, and passes from there on. If they were meant, update the device; to contain a firmware, list it with the status revoked",
  },
  "integrity.reference_corrected": {
    severity: "warn",
    attribution: "issuer",
    weight: 0,
    text: "The references now list the very firmware that they refused: the mistake was theirs",
    remedy:
      "Nothing: a quarantine that these references alone had caused ends in probation. Reputation comes back with clean messages",
  },
  "integrity.firmware_mismatched": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The vendor or class of the claimed firmware is not the one of the credential",
    remedy:
      "See that the device runs the firmware of its own vendor and class, or issue a credential with the right ones",
  },
  "integrity.firmware_rolled_back": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The security version is below what the device or the fleet had",
    remedy:
      "Update the firmware to at least the security version that the device or the fleet has had; if nobody rolled it back on purpose, examine the device",
  },
  "integrity.firmware_revoked": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The firmware is revoked",
    remedy: "Update the firmware of the device to one that is not revoked",
  },
  "integrity.firmware_vulnerable": {
    severity: "warn",
    attribution: "device",
    weight: 0.1,
    text: "The firmware has a known vulnerability",
    remedy: "Plan an update of the firmware",
  },
  "integrity.firmware_unreferenced": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No firmware references exist for this vendor and class",
    remedy: "List firmware of this vendor and class in reference values or in the bundle, or let the device send no fw",
  },
  "integrity.firmware_components": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The digest of the firmware is not that of the components that the message lists",
    remedy:
      "Mend the program on the device that makes the claim: the digest is SHA-256 over a line of each component, as the guide on firmware says",
  },
  "integrity.firmware_mixed": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "Each component is of a release, and no release has these components together",
    remedy:
      "Finish the update of the device. If the combination is good, its maker lists it as a release of its own; if nobody updated it, examine the device",
  },
  "integrity.firmware_slot_unsafe": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The slot that the device does not run holds firmware that is revoked, too old or not listed",
    remedy:
      "Write a good release into the other slot as well: whoever can make the device boot it runs what the detail names",
  },
  "integrity.firmware_behind": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device runs another firmware than its rollout asks for, and the time for it is over",
    remedy:
      "See why the update did not reach the device; if the rollout was stopped, its maker signs reference values without it",
  },
  "integrity.firmware_ahead": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device runs a firmware that its rollout does not give it yet",
    remedy:
      "Find out who updated the device before its wave; if that was meant, its maker signs a rollout that covers it",
  },
  "integrity.references_expired": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The reference values of this vendor and class have expired, so they say of no firmware that it is good",
    remedy: "Sign and activate a later version of the reference values; nothing is held against the device",
  },
  "integrity.evidence_malformed": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "The evidence is not of the form that its format asks for",
    remedy:
      "Mend the program on the device that collects the evidence: the detail names the member. The guide on hardware has a working one",
  },
  "integrity.evidence_format": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "Evidence of this format is not taken from devices of this class",
    remedy:
      "Send evidence of a format that the reference values of this class name; if the hardware has that format only, add it there",
  },
  "integrity.challenge_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The challenge was not made for this device, its attestation key or this deployment, or by nobody who may",
    remedy:
      "Ask for a challenge at POST /v1/challenges with the DID and the attestation key of this device, and answer that one",
  },
  "integrity.challenge_late": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The challenge had ended before the evidence came",
    remedy: "Nothing against the device: it asks for a new challenge and answers at once",
  },
  "integrity.challenge_used": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "A challenge of this time or a later one was answered already",
    remedy: "Ask for a new challenge for each piece of evidence",
  },
  "integrity.evidence_not_fresh": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The hardware signed for another challenge: what it shows was recorded before",
    remedy:
      "Find out who repeats evidence with the key of the device; a program that mixes up its challenges is mended by asking for one at a time",
  },
  "integrity.evidence_alg_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "The evidence is signed or hashed by an algorithm that the appraisal policy does not name",
    remedy:
      "Make the attestation key with SHA-256 and an algorithm that the endorsements of its vendor name; nothing else is ever taken",
  },
  "integrity.evidence_key_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "A key can sign what its hardware did not make, or may leave the hardware",
    remedy:
      "Make the attestation key restricted, and the key of the DID with fixedtpm, fixedparent and sensitivedataorigin, as the guide on hardware does",
  },
  "integrity.evidence_key_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The key that the hardware vouches for is not the one of the device's DID",
    remedy: "Certify the key of this DID; a device with a new key has a new DID and enrols again",
  },
  "integrity.evidence_unverified": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The evidence does not verify under the attestation key",
    remedy: "Find out where the evidence comes from: the hardware that owns the attestation key did not sign it",
  },
  "integrity.evidence_not_endorsed": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The attestation key is endorsed for another device or deployment, or by nobody who may",
    remedy:
      "Enrol this device with its own hardware; hardware that was moved is enrolled anew for the DID that it serves now",
  },
  "integrity.binding_ended": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "What binds the device to this hardware has ended: its endorsement expired, or operators ended the binding",
    remedy: "Nothing against the device: enrol its hardware anew (assay tpm enrol), where it still serves this device",
  },
  "integrity.evidence_maker_unknown": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The certificates of the hardware end at no maker that the endorsements in force name",
    remedy:
      "Compare the maker's root with the endorsements of this vendor; where the maker is genuine, sign and activate a version that has its root",
  },
  "integrity.evidence_not_genuine": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The chip did not show that it holds the key of its certificate",
    remedy: "Sign the challenge in the chip whose certificate is shown",
  },
  "integrity.evidence_debug": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The hardware is open for debugging, not secured or not configured, so its evidence says nothing",
    remedy:
      "Close the debug port and bring the device into its secured life cycle before it goes into the field; one that was closed before is examined",
  },
  "integrity.evidence_pcr_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The PCR values are not those that the TPM has signed, or not of the PCRs that are asked for",
    remedy:
      "Quote exactly the SHA-256 PCRs that the endorsements of this vendor name, and send their values as they were then",
  },
  "integrity.evidence_log_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The event log does not lead to the quoted PCR values",
    remedy:
      "Send the log of this boot as the firmware wrote it (binary_bios_measurements); one that was edited or cut never fits",
  },
  "integrity.evidence_hierarchy": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "The attestation key does not lie under the endorsement key, so the TPM hides its resets from it",
    remedy: "Make the attestation key below the endorsement key (tpm2_createak), not in the hierarchy of the owner",
  },
  "integrity.evidence_rolled_back": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "Clock or reset counter of the hardware are below what it stated before",
    remedy:
      "Examine the device: the state of its hardware was set back or copied. A TPM that was cleared enrols again with a new attestation key",
  },
  "integrity.evidence_unappraised": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No endorsements or reference values are in force for the vendor and class of this device, so its evidence was not appraised",
    remedy:
      "Sign and activate endorsements for the vendor and reference-values for vendor and class; the device then sends evidence again",
  },
  "integrity.boot_unlisted": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The hardware measured something that the reference values do not list",
    remedy:
      "If the software is yours, add its measurements to the reference values of this vendor and class and activate them: the kept measurements are appraised again. Else find out what the device booted",
  },
  "integrity.boot_revoked": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The hardware measured something that the reference values list as revoked",
    remedy: "Update the device; what is listed as revoked must not run",
  },
  "integrity.boot_vulnerable": {
    severity: "warn",
    attribution: "device",
    weight: 0.1,
    text: "The hardware measured something with a known vulnerability",
    remedy: "Plan an update of the device; until then its assurance is not hardware",
  },
  "integrity.knowledge_missing": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active, so the firmware cannot be compared",
    remedy:
      "Activate the trust bundle (assay bundle activate FILE --wait), then send new messages, since a decision stays as it is",
  },
} as const satisfies Record<string, ReasonInfo>

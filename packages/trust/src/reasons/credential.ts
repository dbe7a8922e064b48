import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of credential-checker. */
export const CREDENTIAL_REASONS = {
  "credential.missing": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device has presented no credential that covers this",
    remedy:
      "Let the device show its credential (assay sign --present FILE | assay submit -), then send new messages, since a decision stays as it is",
  },
  "credential.malformed": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "A presented credential is none of the formats that are read, or is not strictly one",
    remedy:
      "Issue the credential anew (assay credential issue); docs/guides/issuers.md has the formats, and the detail names what is wrong",
  },
  "credential.issued_malformed": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "A presented credential is rightly signed by an issuer of the trust bundle, and is not one that can be read",
    remedy:
      "Have the issuer issue the credential anew as docs/guides/own-devices.md says; the detail names what is wrong. The device is not charged with it",
  },
  "credential.binding_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "A credential was presented with a key binding that does not hold",
    remedy:
      "Let the device ask for a challenge (POST /v1/challenges, key is sd_hash), sign it under its own key, with aud and iat, and present it at once (docs/guides/issuers.md); or present the credential without a key binding, since the presentation is signed by the device",
  },
  "credential.binding_late": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The challenge that a key binding answers had ended when it came",
    remedy: "Let the device ask for a new challenge and present it sooner. The device is not charged with it",
  },
  "credential.signature_invalid": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "A presented credential does not verify under the key of its issuer",
    remedy:
      "Issue the credential anew with the issuer's key (assay credential); if the issuer did not issue it, somebody forged it: find out who gave it to the device",
  },
  "credential.issuer_untrusted": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The issuer of the credential is not in the trust bundle",
    remedy:
      "Have the credential issued by an issuer of the bundle, or add this issuer to the bundle if you trust it, then let the device show it again",
  },
  "credential.issuer_withdrawn": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The issuer of an accepted credential is no longer in the trust bundle, or was revoked by operators",
    remedy:
      "If the issuer was meant to go, give the device a credential of another one. If not, activate a bundle with it: the credential counts again from there, but not where operators have revoked the issuer. The device is not charged with it",
  },
  "credential.registry_stale": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The issuer counts because a trust registry said so, and what it answered lasts no longer",
    remedy:
      "Ask the registry again (assay registry query) and activate what it answers before the last answer ends; then send new messages, since a decision stays as it is",
  },
  "credential.registry_conflict": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "One trust registry lets the issuer issue this type of credential, and another one says that it may not",
    remedy:
      "Ask both authorities which of them errs; until they agree, the roots can name the issuer in the bundle themselves. The device is not charged with it",
  },
  "credential.document_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The keys of the issuer stand in a document (did:web, did:webvh, did:ethr), and none is in force",
    remedy:
      "See that assay resolver runs and reaches the issuer's host, or hand its document in (assay signer-document activate); then let the device show its credential again. The device is not charged with it",
  },
  "credential.document_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The document of the issuer was not seen published for too long, and counts no more",
    remedy:
      "See that assay resolver runs and reaches the issuer's host; then send new messages, since a decision stays as it is. The device is not charged with it",
  },
  "credential.issuer_key_withdrawn": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The key that signed the credential is not among those that the issuer's document lists, has ended, or was revoked by operators",
    remedy:
      "If the issuer has given the key up, or operators have revoked it, have the issuer sign the credential anew with another key. If not, have it list the key again (assertionMethod). The device is not charged with it",
  },
  "credential.issuer_scope": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The issuer may not issue this type, vendor, capability or assurance",
    remedy:
      "Have it issued within the issuer's scope, or widen the scope in the bundle; the detail names what lies outside",
  },
  "credential.holder_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The credential was issued to another device",
    remedy: "Give the device its own credential. It showed one of another device: find out how it came by it",
  },
  "credential.hardware_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The hardwareId is bound to another device",
    remedy:
      "Find out which of the two devices is the real one. A new key in the same hardware needs a credential without this hardwareId, or a hardwareId of its own",
  },
  "credential.not_yet_valid": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The credential is not valid yet",
    remedy:
      "Wait until validFrom, or issue the credential anew with an earlier one; see that the issuer's clock is right. A skew of futureSkew of the profile (60 s by default) is allowed",
  },
  "credential.expired": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The credential has expired",
    remedy: "Issue a new credential (assay credential) and let the device show it",
  },
  "credential.revoked": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "The credential is revoked, on its status list or by operators",
    remedy:
      "Nothing, if the revocation was meant. Else have the issuer issue a new credential and publish a new status list: revocation of the old one is not taken back by waiting",
  },
  "credential.suspended": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The credential is suspended on its status list",
    remedy:
      "Ask the issuer why. When it lifts the suspension, its new status list must come into force: the resolver fetches it, or activate it, or the bundle that carries it",
  },
  "credential.status_index": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The status index lies outside its list",
    remedy: "Issue the credential anew with an index inside its status list, or publish a list that is long enough",
  },
  "credential.status_unavailable": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The status list of the credential is not in force, or operators have revoked the key that signed it",
    remedy:
      "Activate the list as its issuer signed it, with a key that counts (assay status-list activate FILE, or let assay resolver fetch it: docs/guides/issuers.md), or add it to the bundle and activate that",
  },
  "credential.status_unknown": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The status list says something of the credential that is neither valid, nor revoked, nor suspended",
    remedy:
      "Ask the issuer what its value means, and have it publish 0 (valid), 1 (revoked) or 2 (suspended) for this credential. The device is not charged with it",
  },
  "credential.status_stale": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The status list is past its maximum age; telemetry is annotated",
    remedy:
      "Get a fresh status list from its issuer and activate it, or the bundle that carries it; publish lists before their maximum age",
  },
  "credential.status_stale_act": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The status list is past its maximum age; acts other than telemetry are quarantined",
    remedy:
      "Get a fresh status list from its issuer and activate it, or the bundle that carries it; publish lists before their maximum age",
  },
  "credential.bundle_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active",
    remedy:
      "Activate the trust bundle (assay bundle activate FILE --wait), then send new messages, since a decision stays as it is",
  },
  "credential.bundle_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The trust bundle has expired",
    remedy:
      "Sign and activate a later version of the trust bundle (assay bundle), then send new messages, since a decision stays as it is",
  },
  "credential.measurement_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "A reading lies outside the granted measurements",
    remedy: "Issue a credential that grants this measurement, or correct the name that the device reports",
  },
  "credential.value_out_of_range": {
    severity: "fail",
    attribution: "device",
    weight: 0.4,
    text: "A reading lies outside its granted range",
    remedy: "Check the sensor; where the value is right, issue a credential with a wider range",
  },
  "credential.grant_impossible": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The credential grants this reading within bounds, and the reading is no number",
    remedy:
      "Issue a credential without min and max for this measurement, or let the device report a number. The device is not charged with it",
  },
  "credential.action_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The act is not granted",
    remedy: "Issue a credential that grants the act if the device may do this; else find out why it tried",
  },
  "credential.audience_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The audience is not granted",
    remedy: "Issue a credential that grants the audience if the device may speak to it; else find out why it tried",
  },
  "credential.rate_exceeded": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "The device speaks more often than granted",
    remedy: "Let the device speak less often, or issue a credential with a higher rate (--rate)",
  },
  "credential.stale": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message is older than its act allows for the class of the device",
    remedy:
      "Send sooner, or set the device's clock; where longer delays are normal for this class, give it an age of its own in the profile (classes)",
  },
  "credential.backfill": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "Telemetry older than the class of the device allows: it was kept, or held back, and comes late",
    remedy:
      "Nothing: it is annotated, teaches nothing and charges nobody. Where this is normal for the class, give it an age of its own in the profile (classes)",
  },
  "credential.reading_time": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "A reading claims a time after its message, or longer before it than the class of the device allows",
    remedy:
      "Correct the times in the device: seconds, relative to iat below 2^28, else since 1970 (RFC 8428). Where it keeps readings for longer, give its class an age of its own in the profile (classes)",
  },
  "credential.too_many": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "More credentials were presented than are kept per device",
    remedy:
      "Let the device show only the credentials that it needs: at most four are kept of those in force, one for each set of terms",
  },
  "credential.delegation_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "A gateway speaks for a device, and no delegation of this gateway is in force",
    remedy:
      "Have a delegation signed that names the gateway and the device (docs/guides/delegation.md), and activate it (assay delegation activate FILE). If nobody meant it to speak for others, find out why it does",
  },
  "credential.delegation_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The delegation of the gateway has expired",
    remedy:
      "Sign and activate a later version of the delegation (assay delegation), then send new messages, since a decision stays as it is",
  },
  "credential.delegation_withdrawn": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The delegation of the gateway named the device before, and names it no more",
    remedy:
      "If the device was meant to go, let the gateway stop speaking for it. If not, activate a delegation that names it: it counts again from there. The gateway is not charged with it",
  },
  "credential.delegation_undeclared": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "A gateway speaks for a device that its delegation does not name",
    remedy:
      "Name the device in the delegation if the gateway may speak for it; else find out why it tried: another gateway may answer for that device",
  },
  "credential.delegate_has_key": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "A gateway speaks for a device by its DID, which names a key: such a device signs for itself",
    remedy: "Let the device sign its messages itself. Find out why the gateway speaks in its name",
  },
  "credential.delegation_conflict": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The delegation names hardware that a device with a key of its own holds",
    remedy:
      "Take the device out of the delegation: it signs for itself. The detail names both. The gateway is not charged with it",
  },
  "credential.also_delegated": {
    severity: "warn",
    attribution: "issuer",
    weight: 0,
    text: "The device has a key and a credential of its own, and a delegation names the same hardware",
    remedy:
      "Take the device out of the delegation that the detail names, so that nobody else speaks for it. The device is not charged with it",
  },
} as const satisfies Record<string, ReasonInfo>

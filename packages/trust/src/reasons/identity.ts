import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of identity-resolver. */
export const IDENTITY_REASONS = {
  "identity.malformed_record": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The record is not an entry of Assay, or its bytes cannot be read at all",
    remedy:
      "Find out who writes to the topic telemetry.submitted beside ingress, and take that right away (assay topics plan shows the ACLs); devices send through ingress",
  },
  "identity.too_large": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message is larger than the size cap",
    remedy: "Split the content over several messages; the detail names the limit",
  },
  "identity.malformed_jws": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The bytes are not a strict compact JWS",
    remedy:
      "Send one compact JWS (header.payload.signature in base64url without padding); assay sign prints one to compare with",
  },
  "identity.malformed_cose": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The bytes are not a strict COSE_Sign1",
    remedy:
      "Send one tagged COSE_Sign1 in deterministic CBOR, as docs/guides/compact-messages.md shows byte by byte; assay check-message FILE says what it would meet",
  },
  "identity.malformed_claims": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The claims are not those of a message",
    remedy: "Correct the claim that the detail names; docs/guides/own-devices.md lists every claim and its form",
  },
  "identity.header_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The protected header carries a parameter that is refused, or an unknown one",
    remedy: "Send a header with alg, kid and typ alone",
  },
  "identity.alg_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The algorithm is not allowed, or is not the one of the key",
    remedy:
      "Sign with Ed25519 (or EdDSA) for an Ed25519 key and with ES256 for a P-256 key, and name that in alg (COSE: -19 and -9)",
  },
  "identity.typ_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The token is of another type than the verifier expects here",
    remedy:
      "Set typ to m2m-message+jwt for a message, m2m-presentation+jwt for a presentation or m2m-evidence+jwt for evidence; in COSE to m2m+cwt, m2m-presentation+cwt or m2m-evidence+cwt",
  },
  "identity.did_unsupported": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The DID method is not supported for devices",
    remedy:
      "Give the device a did:key or did:jwk with an Ed25519 or P-256 key (assay keygen), or a did:webvh or did:web whose host is named without port and percent-encoding",
  },
  "identity.did_invalid": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The DID or its key cannot be decoded",
    remedy: "Make the DID anew from the public key: assay keygen prints the DID of a new key",
  },
  "identity.key_mismatch": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "kid does not name a key of iss",
    remedy: "Set kid to the DID URL of the key that signs, as assay keygen and the resolved DID name it",
  },
  "identity.weak_key": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The public key has low order, is not canonical or is not on its curve",
    remedy: "Make a new key with a sound generator (assay keygen) and a credential for its DID",
  },
  "identity.signature_invalid": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The signature does not verify under the key of the DID",
    remedy:
      "See that the device signs header.payload exactly as sent, with the key of its DID; if it does, somebody altered the bytes on the way or forged the sender",
  },
  "identity.misrouted": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The record lies under another key or partition than its issuer routes to",
    remedy:
      "Send through ingress, which chooses the key and the partition; a producer of your own must use the DID as the key, with murmur2",
  },
  "identity.carrier_mismatch": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "It came over the topic of another device than the one that signed it",
    remedy:
      "See that each device publishes on the topic with its own DID, and that the broker's ACL lets it publish nowhere else; what a gateway carries for others belongs on a topic that names the gateway ({principal} in the template). The device's own copy counts when it comes",
  },
  "identity.replayed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "This message was accepted before, or cannot be distinguished from one that was",
    remedy:
      "Nothing, if it was sent twice: the first copy counts. A device that resends must sign a new message with the next counter; one that lost its counter and epoch is set on its place anew with assay resync",
  },
  "identity.audience_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "aud is not under the trust domain of this deployment: anybody may have carried it here",
    remedy:
      "Nothing, if the message was meant for another deployment. Else set aud to a URI under the trust domain of the bundle; a device is addressed as the trust domain followed by its DID",
  },
  "identity.iat_before_genesis": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message claims to be older than the log, which could not tell it from a replay",
    remedy: "Set the device's clock; a message from before this log began must be signed anew",
  },
  "identity.stale": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message is older than its act allows",
    remedy:
      "Send sooner, or set the device's clock; where longer delays are normal, raise freshness in the profile (assay profile)",
  },
  "identity.backfill": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "Old telemetry that follows its predecessor: it was kept while there was no network",
    remedy:
      "Nothing: it is annotated, teaches nothing and charges nobody. Where longer delays are normal for a class, give it an age of its own in the profile (classes)",
  },
  "identity.future": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message claims to come from the future",
    remedy:
      "Set the device's clock: it runs ahead of the log by more than futureSkew of the profile. Nothing is held against the device, and its sequence goes on",
  },
  "identity.epoch_jump": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The boot epoch jumped further than is usual",
    remedy:
      "See why the device counted so many boots; where that is normal, raise positions.maxEpochJump in the profile",
  },
  "identity.sequence_jump": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The counter jumped further than is usual",
    remedy:
      "See why so many messages are missing; where that is normal, raise positions.maxSequenceJump in the profile",
  },
  "identity.contested": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "The message names no message before it that is held here: it may be the device's after a loss, or a copy's",
    remedy:
      "Nothing, if messages were lost: it ends when they come, or when nothing else of the device is heard for a while (positions.silentMs). A device that lost its place comes back by assay resync; if nobody knows why it jumped, look for a second device with its key",
  },
  "identity.rival": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "Another branch of this device's messages speaks as well, and nothing tells which one is the device",
    remedy:
      "Look for a second device with the same key, or one that was set back to an older state: give it a new key, or set it anew with assay resync. It ends when only one branch speaks",
  },
  "identity.resynced": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The device begins its sequence anew with the one-time value of a resync",
    remedy: "Nothing: a quarantine ends in probation with this message, and its assurance stays claimed",
  },
  "identity.equivocation": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "Two different messages were signed for the same counter",
    remedy:
      "Take the device out of service: it signed twice for one place, or its key was copied. Check the two kept messages (assay tail audit), then revoke it, or release it with two operators once the cause is mended; one that lost its state comes back with assay resync",
  },
  "identity.clone_evidence": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "Two messages follow the same one, or one contradicts what the device's next one named: a second copy of its key speaks",
    remedy:
      "Look for a second device with the same key, or one restored from an image. Revoke the device (assay quarantine revoke) and give it a new key, or set it anew with assay resync once only one copy is left",
  },
  "identity.refused_again": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The message was refused for its place or time, as one before it (no longer given)",
    remedy: "Nothing: records of earlier versions may carry it",
  },
  "identity.presentation_untimely": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The presentation is too old or from the future: it may be a replay",
    remedy:
      "Sign a new presentation and send it at once (assay sign --present FILE | assay submit -); set the device's clock if it was new",
  },
  "identity.presentation_rate": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The device shows credentials more often than is accepted",
    remedy:
      "Let the device present once when it starts or its credentials change, and wait a minute before it tries again; what it presented before still holds",
  },
  "identity.verifier_failed": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The signature could not be checked because of a fault of ours",
    remedy:
      "Look at the node's log lines for what failed, and report it; the message may be sent again with the next counter",
  },
  "identity.knowledge_missing": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active, so the audience cannot be checked and no position is recorded",
    remedy:
      "Activate the trust bundle (assay bundle activate FILE --wait), then send new messages, since a decision stays as it is",
  },
  "identity.role_refused": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "The key has another role than that of a device: it is a root's, an issuer's or an operator's",
    remedy:
      "Give the device a key of its own: the key of a root, an issuer or an operator must not speak as a device. If nobody did that on purpose, treat that key as stolen",
  },
  "identity.document_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "No document of the DID is in force: nobody can tell which keys sign for it. The message takes no place",
    remedy:
      "Let the device show its credential, so that the resolver fetches the document, and send its message again. If that changes nothing, see that assay resolver runs, that the bundle names its key (resolvers) and that the host of the DID is allowed",
  },
  "identity.document_unavailable": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The document of the DID could not be had when a resolver looked, and none is in force. The message takes no place",
    remedy:
      "The detail says why, and when it is looked for again. Publish the document where the DID says, or allow its host (assay resolver --allow); then the device sends its message again",
  },
  "identity.document_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "Nobody has seen the document of the DID published for too long: its keys may have changed. The message takes no place",
    remedy:
      "See why assay resolver cannot reach the host of the DID (its log lines say so); when it has seen the document again, the device sends its message again",
  },
  "identity.did_deactivated": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The DID was deactivated by its controller: nothing that is said under it counts",
    remedy:
      "Nothing, if that was on purpose. A device that goes on needs a new DID and a credential for it; who still holds its old key can no longer speak for it",
  },
  "identity.key_not_in_force": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "kid names no key of the document that is in force, though it may have been one before",
    remedy:
      "Sign with a key that the document lists. In a rotation list both keys until the old one signs no more; what was sent meanwhile is signed again with the new one",
  },
  "identity.key_revoked": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The key has been revoked in the document of its DID or by operators, or its time there is over",
    remedy:
      "Sign with another key of the document. If the device still signs with the revoked one, give it its new key; if it does not, somebody has a copy of the old one",
  },
  "identity.key_purpose": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The document lists the key for another purpose than this",
    remedy:
      "List the key under assertionMethod to sign messages and evidence with it, and under authentication to show credentials",
  },
  "identity.readings_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "A reading of the message cannot be read as SenML (RFC 8428)",
    remedy:
      "Correct the record that the detail names in the device; what is accepted stands in docs/guides/own-devices.md. The device is not charged with it, and its other messages count",
  },
  "identity.stranger": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The device has not been admitted by an accepted credential",
    remedy: "Let the device show its credential (assay sign --present FILE | assay submit -)",
  },
} as const satisfies Record<string, ReasonInfo>

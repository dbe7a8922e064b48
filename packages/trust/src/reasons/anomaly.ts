import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of anomaly-quarantine. */
export const ANOMALY_REASONS = {
  "anomaly.learning": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device is still being learned",
    remedy:
      "Nothing: after some clean messages (detectors.learnMessages of the profile, 8 by default) the device is trusted",
  },
  "anomaly.firmware_withdrawn": {
    severity: "warn",
    attribution: "issuer",
    weight: 0,
    text: "The firmware that the device runs by its last word has been revoked since",
    remedy:
      "Update the device to a firmware that is not revoked; its trust comes back with clean messages, and nothing else is held against it",
  },
  "anomaly.watched": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device is watched",
    remedy: "See what alarmed (assay device DID); it calms down by clean messages, or an operator releases it",
  },
  "anomaly.probation": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device is in probation after a quarantine",
    remedy: "Nothing: clean messages end the probation",
  },
  "anomaly.profile_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The profile has expired",
    remedy:
      "Sign and activate a later version of the profile (assay profile), then send new messages, since a decision stays as it is",
  },
  "anomaly.stale": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "Nothing that counts came from the device for so long that its trust has lapsed",
    remedy: "Nothing: the device is learned anew from its next clean messages",
  },
  "anomaly.device_quarantined": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device is quarantined",
    remedy:
      "See why (assay device DID); it ends by itself after a cooldown where only its values were the cause, else operators end it (assay quarantine release DID --keys FILE,FILE)",
  },
  "anomaly.device_revoked": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device is revoked",
    remedy: "Nothing brings a revoked device back: give it a new key and a new credential",
  },
  "anomaly.device_not_enrolled": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device was claimed, and its enrolment is not finished",
    remedy: "Finish it: assay device enroll DID, then let the device show its credential",
  },
  "anomaly.device_suspended": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device is suspended",
    remedy: "Two operators end it: assay device resume DID",
  },
  "anomaly.device_transferred": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device has another owner, and this key of it counts no more",
    remedy: "The new owner claims it under a new key: assay device claim",
  },
  "anomaly.device_retired": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device is retired",
    remedy: "Nothing brings a retired device back",
  },
  "anomaly.level_shift": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "The level of a measurement shifted",
    remedy:
      "Compare with other sensors in that place; if the change is real, the device learns the new level, or an operator releases it",
  },
  "anomaly.novel_range": {
    severity: "warn",
    attribution: "device",
    weight: 0.15,
    text: "A value lies outside everything seen from this device",
    remedy: "Compare with other sensors in that place; if the value is real, nothing is to be done",
  },
  "anomaly.daily_pattern": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "A measurement is not where it usually is at this hour of the day",
    remedy:
      "See what is different today: an outage, a holiday, a changed schedule; a lasting change is learned within days",
  },
  "anomaly.variation": {
    severity: "warn",
    attribution: "device",
    weight: 0.15,
    text: "A measurement moves far more from sample to sample than it ever did",
    remedy: "Check the sensor and its wiring, and what it measures",
  },
  "anomaly.counter_rate": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "A counter runs far faster than it ever did",
    remedy: "See what is consumed or counted there, and compare with the meter itself",
  },
  "anomaly.counter_back": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "A counter went back",
    remedy: "Nothing where the meter was exchanged or rolled over; else compare with the meter itself",
  },
  "anomaly.new_state": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "A measurement with few values took one, or a step between two, that was never seen",
    remedy: "See whether the device can be in this state; it is reported once",
  },
  "anomaly.constant_moved": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "A value that had never changed has changed",
    remedy: "See whether it was meant to change: a setting, a rating; it is reported once",
  },
  "anomaly.outside_declared": {
    severity: "warn",
    attribution: "device",
    weight: 0.15,
    text: "A value lies outside of what the profile declares for this measurement",
    remedy: "Check the sensor; if the value is right, correct min and max of the measurement in the profile",
  },
  "anomaly.declaration_contradicted": {
    severity: "warn",
    attribution: "issuer",
    weight: 0,
    text: "A measurement does not behave as the profile, or the credential of its device, declares: it is judged by what is learned of it from here on",
    remedy:
      "Correct its kind or period in the profile or the credential, or see why the device sends something else; it is said once for each declaration",
  },
  "anomaly.class_change": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "More than half of the devices of its class report the same change: it is one incident, and not held against the device",
    remedy:
      "See the incident in the audit (assay tail audit): the weather, a new firmware, a changed unit; it ends by itself",
  },
  "anomaly.class_outlier": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "A value lies far from what the other devices of its class say at this time, where the device itself did not before",
    remedy: "Compare the device with others of its class in that place; nothing is held against it",
  },
  "anomaly.relearning": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device is learned anew after a known change",
    remedy: "Nothing: a bounded number of messages ends it; until then they are at most annotated",
  },
  "anomaly.stuck": {
    severity: "warn",
    attribution: "device",
    weight: 0.15,
    text: "A sensor repeats one value",
    remedy: "Check the sensor and its wiring: it repeats one value",
  },
  "anomaly.drift": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "A measurement drifts away from its frozen anchor (said by versions before ADR 49 alone)",
    remedy: "Calibrate the sensor, then let an operator release the device, so that it is learned anew",
  },
  "anomaly.rate": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "The device speaks far more often than it did",
    remedy: "See why the device speaks more often: a changed setting, a loop, or somebody else with its key",
  },
  "anomaly.silence": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "The device was silent for longer than it ever was",
    remedy: "See why the device was silent: power, network, or a block on the way",
  },
  "anomaly.flood": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The device floods the stream",
    remedy:
      "Find the fault in the device, or who else has its key; ingress can limit it meanwhile (ASSAY_QUOTA_PER_SECOND)",
  },
  "anomaly.min_trust": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The reputation of the device is below what the conduit demands",
    remedy: "Let the device earn reputation by clean messages elsewhere, or lower minTrust of the conduit",
  },
  "anomaly.min_assurance": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The assurance of the device is below what the conduit demands",
    remedy:
      "Give the device a credential with higher assurance, or lower minAssurance of the conduit. What a gateway says of a device needs a conduit with minAssurance: claimed (docs/guides/delegation.md)",
  },
  "anomaly.rejudged": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The message was quarantined by knowledge that was superseded since; operators had it judged again, and it is issued late and never as verified",
    remedy: "Nothing: the decision that it supersedes says why it was quarantined (assay explain MESSAGE)",
  },
  "anomaly.rejudge_announced": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "Judging messages again for this reason is announced by this command, and takes effect with a later one",
    remedy:
      "Give the same command again after containment.rejudgeNoticeMs of the profile (10 minutes by default), and within a day; if nobody on your side ordered it, look at the operators' keys",
  },
  "anomaly.rejudge_limit": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "As many commands to judge messages again have taken effect within the hour as may",
    remedy: "Go on an hour later, or raise containment.rejudgePerHour in the profile",
  },
  "anomaly.nothing_to_rejudge": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "None of the messages is issued and no device is restored: the item that they were judged by was not superseded, or it says the same, or they were issued before",
    remedy:
      "Activate the corrected item first; see what would be issued with assay rejudge --since TIME --where REASON without --keys",
  },
  "anomaly.revoked_since": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "What the message was believed by has been revoked since, from a time before it: the earlier decision is taken back",
    remedy:
      "Do not rely on what was taken from the message. Give the device a new key or credential; the decision that this one supersedes says how it was judged (assay explain MESSAGE)",
  },
  "anomaly.nothing_to_revoke": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "It is revoked already, or these decisions were taken back before, or the part is not the next one of its list",
    remedy: "Call assay revoke again: it finds what is left, and says so where nothing is",
  },
  "anomaly.nothing_to_release": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The device is neither watched nor quarantined and holds no messages, so there is nothing to release",
    remedy: "Nothing: see the present state with assay device DID",
  },
  "anomaly.gateway_not_trusted": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The gateway that speaks for the device is not trusted itself",
    remedy:
      "See the gateway (assay device DID): it earns trust by its own clean messages, so let it report itself, a heartbeat at the least",
  },
  "anomaly.gateway_withheld": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The gateway that speaks for the device is quarantined or revoked, or its life does not let it speak",
    remedy:
      "See why (assay device DID) and release the gateway where it was no fault of its own; then release the device, whose messages are held meanwhile",
  },
} as const satisfies Record<string, ReasonInfo>

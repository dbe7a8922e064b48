/**
 * Whether a reason for which a message was quarantined still holds under the knowledge of now. Only reasons that follow from the
 * message, one item of knowledge and the credential that operators show are judged again: not positions, rates or habits, and never
 * a proof. Pure.
 */
import { checkFirmware, firmwareOf } from "@assay/knowledge/firmware"
import { addresseeOf, compilePolicy, isOpenAt, pathOf } from "@assay/segmentation"
import {
  type Active,
  ASSURANCES,
  type AssayedMessage,
  isDelegated,
  type Knowledge,
  type MessageClaims,
  type ReasonCode,
  type StageName,
} from "@assay/trust"
import { NONE_SHOWN, restsOn, type Shown, subjectOf } from "./shown-credential.ts"

export type Standing =
  /** It holds no more: the item that it was judged by was superseded, and the present one does not say it. */
  | "fallen"
  /** It holds under the present item too. */
  | "holds"
  /** The item that it was judged by is in force, or none is, or the one that is has expired. */
  | "not superseded"
  /** It does not follow from the message and one item alone. */
  | "not by knowledge"

type Judge = (message: AssayedMessage, claims: MessageClaims, knowledge: Knowledge) => boolean

interface Rule {
  readonly stage: StageName
  /** `firmware`: the bundle, and what makers list beside it; `credential`: the bundle, and the status lists of issuers. */
  readonly kind: "policy" | "credential" | "profile" | "firmware"
  /** Whether the message would pass in this respect; of credentials, where one is shown that covers it (`subjectOf`). */
  readonly passes: Judge
}

/** As segmentation-enforcer: a conduit, open at the time that the message was signed, whose obligations the device met then. */
export const flows: Judge = (message, claims, { policy, bundle }) => {
  const { subject, time, decision } = message
  const audience = addresseeOf(claims.aud, bundle?.body.trustDomain)
  const wanted = {
    device: claims.iss,
    vendor: subject?.vendor ?? null,
    class: subject?.class ?? null,
    audience,
    action: claims.act,
  }
  const { conduit: id } = pathOf(policy!.body, wanted)
  const conduit = compilePolicy(policy!.body).conduits.find((one) => one.id === id)
  if (conduit === undefined || conduit.expires <= time || !isOpenAt(conduit, claims.iat * 1000)) return false
  const assurance = ASSURANCES.indexOf(subject?.assurance ?? "none")
  const obligations = isDelegated(claims.iss) ? conduit.ofDelegated : conduit.obligations
  return obligations.every(({ kind, value }) =>
    kind === "minTrust" ? (decision?.reputation ?? 0) * 100 >= value : assurance >= value,
  )
}

/** As integrity-hasher, but for the device's own past: the very digest, version and security version, and good. */
const isReleased: Judge = ({ time }, { iss, fw }, knowledge) => {
  const known = fw === null ? null : firmwareOf(knowledge, fw.vendor, fw.class)
  if (fw === null || known?.model == null) return false
  const { reasons, release } = checkFirmware(known, fw, { knowledge, device: iss, time, highest: -1 })
  return release !== null && reasons.every((code) => DRIFTS.has(code))
}

/** What a device is to run says nothing against what it runs. */
const DRIFTS: ReadonlySet<ReasonCode> = new Set(["integrity.firmware_behind", "integrity.firmware_ahead"])

/** As identity-resolver, at the time at which the message came. */
const isFresh: Judge = ({ time }, { act, iat }, { profile }) => time / 1000 - iat <= profile!.body.freshness[act]

const POLICY: Pick<Rule, "stage" | "kind" | "passes"> = { stage: "segmentation", kind: "policy", passes: flows }
const FIRMWARE: Pick<Rule, "stage" | "kind" | "passes"> = {
  stage: "integrity",
  kind: "firmware",
  passes: isReleased,
}

/** That one is shown which covers the message is asked before. What was revoked or suspended was meant, and is not judged again. */
const CREDENTIAL: Pick<Rule, "stage" | "kind" | "passes"> = {
  stage: "credential",
  kind: "credential",
  passes: () => true,
}

/** The reasons that can be judged again. */
const RULES: Readonly<Partial<Record<ReasonCode, Rule>>> = {
  "segmentation.policy_missing": POLICY,
  "segmentation.policy_expired": POLICY,
  "segmentation.unassigned": POLICY,
  "segmentation.audience_unknown": POLICY,
  "segmentation.no_conduit": POLICY,
  "segmentation.guardrail": POLICY,
  "segmentation.policy_changed": POLICY,
  "segmentation.conduit_expired": POLICY,
  "segmentation.outside_window": POLICY,
  "integrity.firmware_unknown": FIRMWARE,
  "integrity.firmware_tampered": FIRMWARE,
  "integrity.firmware_lying": FIRMWARE,
  "integrity.firmware_revoked": FIRMWARE,
  "integrity.firmware_mixed": FIRMWARE,
  "integrity.reference_changed": FIRMWARE,
  "credential.bundle_expired": CREDENTIAL,
  "credential.issuer_withdrawn": CREDENTIAL,
  "credential.issuer_scope": CREDENTIAL,
  "credential.status_unavailable": CREDENTIAL,
  "credential.status_index": CREDENTIAL,
  "credential.status_stale_act": CREDENTIAL,
  "identity.stale": { stage: "identity", kind: "profile", passes: isFresh },
}

export const REJUDGEABLE = Object.keys(RULES) as ReadonlyArray<ReasonCode>

/** Whether the message failed for what the bundle said of its device's credential: whoever judges it again needs that shown. */
export const needsCredential = (reason: ReasonCode): boolean => RULES[reason]?.stage === "credential"

/** Whether a verdict on the claim would rest on something else now: on an item that came since, or on one less. */
const isOtherFirmware = (cited: ReadonlyArray<string>, { fw }: MessageClaims, knowledge: Knowledge): boolean => {
  const now = (fw === null ? null : firmwareOf(knowledge, fw.vendor, fw.class))?.cited ?? []
  if (now.some((hash) => !cited.includes(hash))) return true
  const inForce = new Set([...knowledge.items.values()].map(({ hash }) => hash))
  return cited.some((hash) => !inForce.has(hash))
}

/**
 * @param time of the command, milliseconds since 1970
 * @param shown the credentials that operators show
 */
export const standingOf = (
  reason: ReasonCode,
  message: AssayedMessage,
  knowledge: Knowledge,
  time: number,
  shown: Shown = NONE_SHOWN,
): Standing => {
  const rule = RULES[reason]
  const { claims } = message
  if (rule === undefined || claims?.kind !== "message") return "not by knowledge"
  const active: Active<unknown> | null =
    rule.kind === "firmware" || rule.kind === "credential" ? knowledge.bundle : knowledge[rule.kind]
  const verdict = message.verdicts[rule.stage]
  const subject = message.subject ?? subjectOf(shown, message, claims, knowledge)
  // Where nobody knew what the device is, no policy could assign it: that followed from its credential alone.
  const follows = rule.kind === "policy" && message.subject === null && subject !== null
  if (active === null || active.expires <= time || verdict === null) return "not superseded"
  const isSuperseded =
    rule.kind === "firmware"
      ? isOtherFirmware(verdict.knowledge, claims, knowledge)
      : rule.kind === "credential"
        ? restsOn(shown, claims.iss, knowledge).some((hash) => !verdict.knowledge.includes(hash))
        : !verdict.knowledge.includes(active.hash)
  if (!follows && !isSuperseded) return "not superseded"
  if (rule.stage === "credential" && subjectOf(shown, message, claims, knowledge) === null) return "holds"
  return rule.passes({ ...message, subject }, claims, knowledge) ? "fallen" : "holds"
}

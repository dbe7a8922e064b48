/**
 * Whose doing is a flow that the policy does not have? Where the same admitted device was carried on the very same flow by an
 * earlier version, the policy changed and not the device: it is refused, and nobody is charged. Pure.
 */
import { recordLayout, type StateOf, u32 } from "@assay/layout"
import type { AuditDraft, Judged, MessageClaims, MessageEntry, ReasonCode } from "@assay/trust"
import { verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"
import type { PolicyInForce } from "./policy-in-force.ts"
import { LAYOUT, MAX_PASSED, type SegmentationState } from "./state.ts"

/** FNV-1a over the act and the audience, 32 bits: a device could only confuse itself by a collision. */
export const flowOf = ({ act, aud }: Pick<MessageClaims, "act" | "aud">): number => {
  let hash = Math.imul(0x811c9dc5 ^ act.charCodeAt(0) ^ (act.length << 8), 0x01000193)
  for (let i = 0; i < aud.length; i++) hash = Math.imul(hash ^ aud.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Under which version of the policy the flow was carried last; null where it is not remembered. */
export const passedUnder = (state: SegmentationState | undefined, flow: number): number | null => {
  if (state === undefined) return null
  const { passed } = state
  for (let i = passed.length - 1; i >= 0; i--) if (passed.at(i).flow === flow) return passed.at(i).version
  return null
}

/** The state after a flow was carried; the same where that is known. Where the list is full, the oldest makes room. */
export const rememberPassed = (
  state: SegmentationState | undefined,
  flow: number,
  version: number,
): SegmentationState | undefined => {
  if (passedUnder(state, flow) === version) return state
  const draft = LAYOUT.draft(state)
  const { passed } = draft
  for (let i = passed.length - 1; i >= 0; i--) if (passed.at(i).flow === flow) passed.remove(i)
  if (passed.length === MAX_PASSED) passed.remove(0)
  Object.assign(passed.push(), { flow, version })
  return LAYOUT.seal(draft)
}

/** What a partition remembers of it. */
export const INCIDENTS = recordLayout({
  name: "policy incidents",
  version: 1,
  fields: {
    /** The version of the policy that was recorded as having taken a flow away; 0 before the first. */
    recorded: u32(),
  },
})
export type Incidents = StateOf<typeof INCIDENTS>

const CHANGED: ReadonlyArray<ReasonCode> = ["segmentation.policy_changed"]

/** Null where the device was never carried there; else the verdict, and the incident where it is the first of this policy. */
export const takenAway = (
  { message }: MessageEntry,
  claims: MessageClaims,
  state: SegmentationState | undefined,
  shared: Incidents | undefined,
  { active, cited }: PolicyInForce,
  instead: ReasonCode,
): Judged<SegmentationState, Incidents> | null => {
  const before = passedUnder(state, flowOf(claims))
  if (before === null || before >= active.version) return null
  const what = {
    policy: active.version,
    passedUnder: before,
    instead,
    audience: claims.aud.slice(0, 256),
    action: claims.act,
  }
  const verdict = verdictOf(LOGIC_VERSION, {
    reasons: CHANGED,
    knowledge: cited,
    assurance: message.subject?.assurance ?? "none",
    detail: JSON.stringify(what),
  })
  if ((shared?.recorded ?? 0) >= active.version) return { verdict, state: undefined }
  const draft = INCIDENTS.draft(shared)
  draft.recorded = active.version
  const event: AuditDraft = {
    kind: "incident",
    detail: JSON.stringify({
      what: "policy narrowed: a flow that was carried before is refused, and nobody is charged with it",
      ...what,
      first: claims.iss,
    }),
  }
  return { verdict, state: undefined, shared: INCIDENTS.seal(draft), events: [event] }
}

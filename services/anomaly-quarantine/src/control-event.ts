/** What the audit record says of a control entry. Pure. */
import type { AuditDraft, ControlFact, ReasonCode, Revocation } from "@assay/trust"

/** The outcome of a control entry, for the audit. */
export const controlEvent = (
  what: ControlFact["what"],
  reasons: ReadonlyArray<ReasonCode>,
  more: Readonly<Record<string, unknown>> = {},
): AuditDraft => ({
  kind: "control",
  accepted: reasons.length === 0,
  reasons,
  detail: JSON.stringify({ ...recordable(what), ...more }),
})

/** Of its list how many decisions; what each part took back, its decisions say. */
const recordableRevocation = ({ of, from, list, part }: Revocation): object => ({
  of,
  from,
  decisions: list?.decisions ?? 0,
  ...(part === undefined ? {} : { part: part.hash }),
})

/** Without what the record of an erasure must not say, and what a rejudgement is about: its decisions say that. */
const recordable = (what: ControlFact["what"]): object => {
  if (what.kind !== "command") return what
  const { erasure: _, rejudgement: __, devices, revocation, ...rest } = what
  return {
    ...rest,
    // The list stands in the signed command; each partition records those of its own that it changed.
    ...(devices === undefined ? {} : { devices: devices.length }),
    ...(revocation === undefined ? {} : { revocation: recordableRevocation(revocation) }),
  }
}

/**
 * A decision as one line of JSON (`application/x-ndjson`). docs/guides/export.md says what each member means: a member may be
 * added, none is renamed. Numbers stay numbers; a time stands as RFC 3339 text and as milliseconds since 1970.
 */
import type { RejectedRecord } from "@assay/schemas"
import { type AssayedMessage, formatOrigin, type Reading, type ReasonCode, reasonInfo, STAGES } from "@assay/trust"
import { safeJson, zoneOf } from "@assay/trust/kit"
import type { Decided, Encoder, Place } from "./encoder.ts"
import { keyOf, rfc3339 } from "./place.ts"

/** Characters of a claimed name that are kept. */
const MAX_CLAIMED = 512

const times = (ms: number) => ({ time: rfc3339(ms), timeMs: ms })

const reasonOf = (code: ReasonCode) => {
  const { severity, attribution } = reasonInfo(code)
  return { code, severity, attribution }
}

const readingOf = ({ name, unit, value, text, flag, time }: Reading) => ({
  name,
  unit,
  value,
  text,
  flag,
  ...times(time * 1_000),
})

const messageRow = (message: AssayedMessage, place: Place) => {
  const { origin, time, claims, subject, decision, verdicts, envelope } = message
  if (decision === null) throw new TypeError("the message is not decided")
  // A presentation has no place in a sequence and does nothing.
  const said = claims?.kind === "message" ? claims : null
  const { outcome, kind, supersedes, reasons, trust, reputation } = decision
  return {
    key: keyOf(origin, kind === "original", place),
    origin,
    ...times(time),
    outcome,
    kind,
    supersedes: supersedes === null ? null : formatOrigin(supersedes),
    device: claims?.iss ?? null,
    trust,
    reputation,
    reasons: reasons.map(reasonOf),
    zone: zoneOf(message),
    subject,
    action: said?.act ?? null,
    audience: claims?.aud ?? null,
    epoch: said?.epo ?? null,
    counter: said?.seq ?? null,
    issuedAt: claims === null ? null : rfc3339(claims.iat * 1_000),
    readings: message.readings.map(readingOf),
    body: said?.body ?? null,
    verdicts: Object.fromEntries(STAGES.map((stage) => [stage, verdicts[stage]?.outcome ?? null])),
    digest: claims?.digest ?? null,
    binding: envelope.binding,
    principal: envelope.principal,
  }
}

const rawRow = (
  { origin, time, key, size, reasons, detail }: RejectedRecord,
  outcome: "rejected" | "undecided",
  place: Place,
) => ({
  key: keyOf(origin, true, place),
  origin,
  ...times(time),
  outcome,
  kind: "original",
  supersedes: null,
  device: null,
  trust: null,
  reputation: null,
  reasons: reasons.map(reasonOf),
  /** Whom it claims to be from: never proven. */
  claimed: Buffer.from(key).toString("utf8").slice(0, MAX_CLAIMED),
  detail,
  bytes: size,
})

const rowOf = (decided: Decided): { readonly key: string } =>
  decided.kind === "message"
    ? messageRow(decided.message, decided.place)
    : rawRow(decided.record, decided.outcome, decided.place)

export const decisionLines: Encoder = {
  name: "decision",
  mediaType: "application/x-ndjson",
  encode: (decided) => {
    const row = rowOf(decided)
    return { key: row.key, bytes: Buffer.from(`${safeJson(row)}\n`) }
  },
}

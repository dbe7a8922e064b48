/** Entries for the table tests: a policy in YAML, really parsed, and messages of one device. */
import { parsePolicy } from "@assay/segmentation"
import {
  type Action,
  type Active,
  type AssayedMessage,
  type MessageEntry,
  NO_KNOWLEDGE,
  type SegmentationPolicy,
  type Subject,
  type Verdict,
} from "@assay/trust"

export const DAY = Date.UTC(2026, 5, 1)
export const NOON = DAY + 12 * 3_600_000
export const DEVICE = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"

export const POLICY = `kind: assay/segmentation/v1
version: 7
issued: 2026-01-01
expires: 2027-01-01
zones:
  - { id: field, securityLevel: 1, audiences: ["https://p.example/field/*"] }
  - { id: control, securityLevel: 3, audiences: ["https://p.example/control/*"] }
  - { id: safety, securityLevel: 4, audiences: ["https://p.example/safety/*"] }
  - { id: office, securityLevel: 1, audiences: ["https://p.example/office/*"] }
  - { id: lab, securityLevel: 1, audiences: ["https://p.example/lab/*"] }
assignments:
  - { zone: field, vendor: acme }
  - { zone: lab, devices: ["${DEVICE}"] }
conduits:
  - { id: up, from: field, to: control, actions: [telemetry], minTrust: 60, minAssurance: software, owner: o, reason: r }
  - { id: rated, from: field, to: control, actions: [event], ratePerMinute: 3, owner: o, reason: r }
  - { id: daily, from: field, to: control, actions: [config], window: 06:00-18:00, owner: o, reason: r }
  - { id: nightly, from: field, to: lab, actions: [config], window: 22:00-06:00, owner: o, reason: r }
  - { id: old, from: field, to: control, actions: [firmware], expires: 2026-05-01, owner: o, reason: r }
  - { id: pumps, from: field, to: control, actions: [command], classes: [pump], owner: o, reason: r }
  - { id: trial, from: field, to: office, actions: [event], mode: observe, observeUntil: 2026-07-01, minTrust: 99,
      ratePerMinute: 1, window: 13:00-14:00, owner: o, reason: r }
  - { id: half, from: field, to: safety, actions: [telemetry, event], owner: o, reason: r }
guardrails:
  - { id: calm, from: "*", to: safety, actions: [event, command], reason: r }
lateral: { zones: 3, window: 10m }
`

const parsed = parsePolicy(POLICY)
if (parsed.policy === null) throw new Error(JSON.stringify(parsed.problems))
const body: SegmentationPolicy = parsed.policy
export const ACTIVE: Active<SegmentationPolicy> = { hash: "ab".repeat(32), version: 7, expires: body.expires, body }

export const SENSOR: Subject = { vendor: "acme", class: "thermometer", assurance: "software" }
export const PUMP: Subject = { vendor: "acme", class: "pump", assurance: "hardware" }

export interface Case {
  readonly iss?: string
  readonly aud?: string
  /** Null makes a presentation. */
  readonly act?: Action | null
  readonly subject?: Subject | null
  readonly time?: number
  readonly policy?: Active<SegmentationPolicy> | null
  readonly earlier?: Verdict
}

export const earlier = (reason: Verdict["reasons"][number], outcome: Verdict["outcome"]): Verdict => ({
  outcome,
  reasons: [reason],
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "software",
  logic: 1,
  detail: null,
})

/** A message of a thermometer in the field at noon, unless the case says otherwise. */
export const entryOf = (c: Case = {}): MessageEntry => {
  const time = c.time ?? NOON
  const origin = { epoch: 0, partition: 0, offset: 0 }
  const iss = c.iss ?? "did:key:zSomebody"
  const act = c.act === undefined ? "telemetry" : c.act
  const head = {
    alg: "Ed25519",
    kid: `${iss}#k`,
    iss,
    aud: c.aud ?? "https://p.example/control/plc",
    iat: Math.floor(time / 1000),
    digest: "",
  } as const
  const message: AssayedMessage = {
    origin,
    time,
    key: iss,
    envelope: { bytes: new Uint8Array(), mediaType: "", binding: "test", originator: null, principal: null },
    claims:
      act === null
        ? { kind: "presentation", ...head, credentials: ["e30.e30.AA"] }
        : { kind: "message", ...head, act, epo: 0, seq: 0, prv: null, fw: null, body: null },
    readings: [],
    subject: c.subject === undefined ? SENSOR : c.subject,
    verdicts: { identity: null, credential: c.earlier ?? null, integrity: null, segmentation: null, anomaly: null },
    decision: null,
  }
  const policy = c.policy === undefined ? ACTIVE : c.policy
  return { kind: "message", origin, time, message, knowledge: { ...NO_KNOWLEDGE, policy } }
}

/** Audit events of decisions, of the size and shape that the last stage writes for a message. */
import { createHash } from "node:crypto"
import { encodeAudit } from "@assay/schemas"
import type { AuditEvent } from "@assay/trust"

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest()
const KNOWLEDGE = ["bundle", "policy"].map((name) => hashOf(name).toString("hex"))
const STAGES = ["identity", "credential", "integrity", "segmentation", "anomaly"] as const

const deviceOf = (nth: number): string => {
  const x = hashOf(`device ${nth}`).toString("base64url")
  const jwk = JSON.stringify({ crv: "Ed25519", kty: "OKP", x })
  return `did:jwk:${Buffer.from(jwk).toString("base64url")}`
}

/** @param nth of the message, from 0 */
const decisionOf = (nth: number, device: string): AuditEvent => ({
  kind: "decision",
  origin: { epoch: 1, partition: 0, offset: nth },
  index: 0,
  time: 1_790_000_000_000 + nth,
  device,
  digest: hashOf(`message ${nth}`).toString("base64url"),
  decision: {
    outcome: "verified",
    reasons: [],
    trust: "trusted",
    reputation: 0.987,
    kind: "original",
    supersedes: null,
  },
  verdicts: STAGES.map((stage, at) => ({
    stage,
    outcome: "pass",
    reasons: [],
    observed: [],
    knowledge: at < 2 ? [KNOWLEDGE[0]!] : stage === "segmentation" ? [KNOWLEDGE[1]!] : [],
    logic: 1,
  })),
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: hashOf(`record ${nth}`),
  detail: null,
})

export interface NewEvent {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Events of messages `from` to `to` (exclusive), the devices in turns. */
export const decisions = (from: number, to: number, devices: ReadonlyArray<string>): ReadonlyArray<NewEvent> =>
  Array.from({ length: to - from }, (_, i) => {
    const nth = from + i
    const device = devices[nth % devices.length]!
    return { key: Buffer.from(device), value: encodeAudit(decisionOf(nth, device)) }
  })

export const devicesOf = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, n) => deviceOf(n))

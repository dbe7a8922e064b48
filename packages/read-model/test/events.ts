/** Audit events and decided messages as the stages write them, and a log to put them on. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAssayed, encodeAudit, type RejectedRecord } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AssayedMessage, AuditEvent, Decision, TrustState, Verdict } from "@assay/trust"

export const TIME = 1_760_000_000_000

const NO_EVENT = {
  index: 0,
  device: null,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail: null,
} as const

export const transition = (
  device: string,
  offset: number,
  to: TrustState,
  more: Partial<AuditEvent> = {},
): AuditEvent => ({
  ...NO_EVENT,
  kind: "transition",
  origin: { epoch: 1, partition: 0, offset },
  index: 4_000,
  time: TIME + offset,
  device,
  to,
  ...more,
})

export const decision = (
  device: string,
  offset: number,
  outcome: Decision["outcome"],
  more: Partial<Decision> = {},
): AuditEvent => ({
  ...NO_EVENT,
  kind: "decision",
  origin: { epoch: 1, partition: 0, offset },
  index: 5_000,
  time: TIME + offset,
  device,
  digest: "digest",
  decision: { outcome, reasons: [], trust: "learning", reputation: 0.5, kind: "original", supersedes: null, ...more },
})

export const command = (target: string, offset: number, verb: string, reason: string): AuditEvent => ({
  ...NO_EVENT,
  kind: "control",
  origin: { epoch: 1, partition: 0, offset },
  index: 4_000,
  time: TIME + offset,
  count: 1,
  detail: JSON.stringify({ kind: "command", verb, target, signers: ["did:key:op"], reason }),
})

/** What a batch of rejected records counts by principal. */
export const rejectedBatch = (
  offset: number,
  principals: ReadonlyArray<{ readonly principal: string; readonly rejected: number; readonly signed: number }>,
): AuditEvent => ({
  ...NO_EVENT,
  kind: "rejected-batch",
  origin: { epoch: 1, partition: 0, offset },
  index: 0,
  time: TIME + offset,
  count: 1,
  detail: JSON.stringify({ "identity.replayed": 1, principals }),
})

const tokenOf = (iss: string): Uint8Array =>
  Buffer.from(["{}", JSON.stringify({ iss }), ""].map((part) => Buffer.from(part).toString("base64url")).join("."))

/** A rejected record of a message that names `device` as issuer. */
export const rejectedRecord = (device: string, offset: number, more: Partial<RejectedRecord> = {}): RejectedRecord => ({
  origin: { epoch: 1, partition: 0, offset },
  time: TIME + offset,
  key: Buffer.from(device),
  value: tokenOf(device),
  size: 1,
  hash: null,
  reasons: ["identity.replayed"],
  detail: "was said before",
  stage: "identity",
  batch: { epoch: 1, partition: 0, offset },
  principal: "gateway-1",
  signed: true,
  ...more,
})

const PASS: Verdict = {
  outcome: "pass",
  reasons: [],
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "software",
  logic: 1,
  detail: null,
}

/** A decided message; `zone` null: the policy assigns none. */
export const message = (device: string, offset: number, zone: string | null): AssayedMessage => ({
  origin: { epoch: 1, partition: 0, offset },
  time: TIME + offset,
  key: device,
  envelope: { bytes: Buffer.from("bytes"), mediaType: "", binding: "test", originator: null, principal: null },
  claims: {
    kind: "message",
    alg: "Ed25519",
    kid: `${device}#key`,
    iss: device,
    aud: "urn:plant",
    iat: Math.floor(TIME / 1000),
    act: "telemetry",
    epo: 0,
    seq: offset,
    prv: null,
    fw: null,
    body: null,
    digest: "digest",
  },
  readings: [],
  subject: { vendor: "Acme", class: "pump", assurance: "software" },
  verdicts: {
    identity: PASS,
    credential: PASS,
    integrity: PASS,
    segmentation:
      zone === null
        ? { ...PASS, outcome: "fail", reasons: ["segmentation.unassigned"] }
        : { ...PASS, detail: JSON.stringify({ policy: 7, conduit: "c", from: zone, to: "ops" }) },
    anomaly: PASS,
  },
  decision: decision(device, offset, "verified").decision,
})

/** A log of one partition (unless said otherwise) in a directory of its own. */
export interface TestLog {
  readonly log: Log
  audit(...events: ReadonlyArray<AuditEvent>): Promise<void>
  verified(...messages: ReadonlyArray<AssayedMessage>): Promise<void>
  raw(stream: string, value: Uint8Array): Promise<void>
  remove(): Promise<void>
}

export const testLog = async (partitions = 1): Promise<TestLog> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-read-model-"))
  const log = await openEmbedded({ dir, partitions })
  const append = async (stream: string, partition: number, values: ReadonlyArray<Uint8Array>): Promise<void> => {
    if (values.length === 0) return
    await log.append(
      { stream, partition },
      values.map((value) => ({ key: Buffer.alloc(0), value })),
    )
  }
  const byPartition = <T extends { readonly origin: { readonly partition: number } }>(all: ReadonlyArray<T>) =>
    Map.groupBy(all, ({ origin }) => origin.partition)
  return {
    log,
    audit: async (...events) => {
      for (const [partition, some] of byPartition(events)) await append(STREAMS.audit, partition, some.map(encodeAudit))
    },
    verified: async (...messages) => {
      for (const [partition, some] of byPartition(messages))
        await append(STREAMS.verified, partition, some.map(encodeAssayed))
    },
    raw: (stream, value) => append(stream, 0, [value]),
    remove: async () => {
      await log.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

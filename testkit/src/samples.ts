/** One full sample of every shape, as Assay makes them; golden records and the cost script use them. */

import type {
  Checkpoint,
  EntryBody,
  KnowledgeItem,
  Leaf,
  QualityRow,
  ReadingRow,
  RejectedRecord,
  Statement,
  WireEntry,
} from "@assay/schemas"
import {
  type AssayedMessage,
  type AuditEvent,
  type EvidenceClaims,
  type MessageClaims,
  type PresentationClaims,
  REASONS,
  type ReasonCode,
  type Verdict,
} from "@assay/trust"

const hex = (digit: string): string => digit.repeat(64)
const DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
/** Reason codes are free strings on the wire; two that exist keep the samples honest. */
const [REASON, OTHER] = Object.keys(REASONS) as [ReasonCode, ReasonCode]
const origin = { epoch: 1, partition: 3, offset: 1_234_567 }
const TIME = 1_760_000_000_123

const verdict = (knowledge: ReadonlyArray<string>): Verdict => ({
  outcome: "pass",
  reasons: [],
  observed: [],
  obligations: [],
  knowledge,
  assurance: "software",
  logic: 1,
  detail: null,
})

const claims: MessageClaims = {
  kind: "message",
  alg: "Ed25519",
  kid: `${DID}#${DID.slice(8)}`,
  iss: DID,
  aud: "https://plant.example/historian",
  iat: 1_760_000_000,
  digest: "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
  act: "telemetry",
  epo: 3,
  seq: 41_000,
  prv: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
  fw: { vendor: "acme", class: "pump", digest: hex("a"), version: "2.4.1", svn: 7 },
  body: null,
}

/** Those of a presentation of the same device. */
const shown: PresentationClaims = {
  kind: "presentation",
  alg: claims.alg,
  kid: claims.kid,
  iss: claims.iss,
  aud: "https://plant.example/",
  iat: claims.iat,
  digest: claims.digest,
  credentials: ["e30.e30.AA", "e30.e30.AB"],
}

/** Those of evidence of the same device. */
const attested: EvidenceClaims = {
  kind: "evidence",
  alg: claims.alg,
  kid: claims.kid,
  iss: claims.iss,
  aud: "https://plant.example/",
  iat: claims.iat,
  digest: claims.digest,
  epo: 3,
  format: "tpm2",
}

/** A message that passed all five stages, with a JWS of 700 bytes and four readings. */
export const message: AssayedMessage = {
  origin,
  time: TIME,
  key: DID,
  envelope: {
    bytes: Buffer.alloc(700, "eyJh"),
    mediaType: "application/jose",
    binding: "http",
    originator: null,
    principal: "gateway-7",
  },
  claims,
  readings: [
    {
      name: "urn:dev:mac:0024befffe804ff1:pressure",
      unit: "Pa",
      value: 101_325.5,
      text: null,
      flag: null,
      time: 1_760_000_000,
    },
    {
      name: "urn:dev:mac:0024befffe804ff1:temperature",
      unit: "Cel",
      value: 21.25,
      text: null,
      flag: null,
      time: 1_760_000_000,
    },
    {
      name: "urn:dev:mac:0024befffe804ff1:mode",
      unit: null,
      value: null,
      text: "Lüftung",
      flag: null,
      time: 1_760_000_000.5,
    },
    {
      name: "urn:dev:mac:0024befffe804ff1:door",
      unit: null,
      value: null,
      text: null,
      flag: true,
      time: 1_760_000_000.5,
    },
  ],
  subject: { vendor: "acme", class: "pump", assurance: "software" },
  verdicts: {
    identity: verdict([]),
    credential: verdict([hex("b")]),
    integrity: verdict([hex("b")]),
    segmentation: {
      outcome: "warn",
      reasons: [REASON],
      observed: [OTHER],
      obligations: [{ kind: "minTrust", value: 60, source: "pumps-to-historian" }],
      knowledge: [hex("c")],
      assurance: "none",
      logic: 2,
      detail: '{"zone":"pumps"}',
    },
    anomaly: verdict([]),
  },
  decision: {
    outcome: "annotated",
    reasons: [REASON],
    trust: "trusted",
    reputation: 0.9375,
    kind: "original",
    supersedes: null,
  },
}

const audit: AuditEvent = {
  kind: "decision",
  origin,
  index: 0,
  time: TIME,
  device: DID,
  digest: claims.digest,
  decision: message.decision,
  verdicts: [
    { stage: "identity", outcome: "pass", reasons: [], observed: [], knowledge: [], logic: 1 },
    { stage: "credential", outcome: "pass", reasons: [], observed: [], knowledge: [hex("b")], logic: 1 },
    { stage: "integrity", outcome: "pass", reasons: [], observed: [], knowledge: [hex("b")], logic: 1 },
    { stage: "segmentation", outcome: "warn", reasons: [REASON], observed: [OTHER], knowledge: [hex("c")], logic: 2 },
    { stage: "anomaly", outcome: "pass", reasons: [], observed: [], knowledge: [], logic: 1 },
  ],
  reasons: [REASON],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: Buffer.alloc(32, 3),
  detail: null,
}

const proof: AuditEvent = {
  ...audit,
  kind: "proof",
  index: 1,
  decision: null,
  verdicts: [],
  from: "trusted",
  to: "quarantined",
  evidence: [Buffer.from("first"), Buffer.from("second")],
  count: 2,
  root: hex("d"),
  record: null,
  detail: "{}",
}

const entry = (body: EntryBody): WireEntry => ({ origin, time: TIME, body })

const checkpoint: Checkpoint = {
  log: "plant.example/audit/audit.events.v1/3/1",
  size: 5_000_000_000,
  root: Buffer.alloc(32, 7),
  time: TIME,
  note: "plant.example/audit/audit.events.v1/3/1\n5000000000\nBwc=\n\n— plant.example AAAA\n",
}
const leaf: Leaf = {
  origin,
  index: 0,
  kind: "decision",
  pseudonym: Buffer.alloc(16, 1),
  commitment: Buffer.alloc(32, 2),
  statement: Buffer.alloc(32, 4),
}
const statement: Statement = {
  kind: "decision",
  origin,
  index: 0,
  time: TIME,
  outcome: "annotated",
  decided: "original",
  supersedes: null,
  reasons: [REASON],
  from: null,
  to: null,
  count: 0,
  root: null,
  record: Buffer.alloc(32, 3),
}
const item: KnowledgeItem = {
  hash: hex("e"),
  kind: "bundle",
  name: "",
  version: 12,
  mediaType: "application/vnd.dsse+json",
  body: Buffer.from('{"payload":""}'),
}
const rejected: RejectedRecord = {
  origin,
  time: TIME,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from("not an envelope"),
  size: 300_000,
  hash: hex("f"),
  reasons: [REASON],
  detail: null,
  stage: "identity",
  batch: { ...origin, offset: 1_234_560 },
  principal: "gateway-7",
  signed: true,
}

const row: ReadingRow = {
  schemaVersion: 1,
  outcome: "annotated",
  kind: "released",
  device: DID,
  vendor: "acme",
  class: "pump",
  zone: "press",
  name: "urn:dev:mac:0024befffe804ff1:frame",
  unit: null,
  value: null,
  text: null,
  flag: null,
  data: Buffer.from([0, 255, 7]),
  measuredAt: 1_760_000_000_123_456,
  ingestedAt: TIME,
  trust: "learning",
  reputation: 0.5,
  originEpoch: origin.epoch,
  originPartition: origin.partition,
  originOffset: origin.offset,
  position: 2,
}
const quality: QualityRow = {
  schemaVersion: 1,
  minute: 1_760_000_000_000 - (1_760_000_000_000 % 60_000),
  partition: origin.partition,
  vendor: "acme",
  class: "pump",
  zone: null,
  outcome: "quarantined",
  next: origin.offset + 1,
  messages: 12,
  released: 0,
  readings: 48,
  gaps: 1,
  pending: 2,
  broken: 3,
  delayMsSum: 4_800,
  delayMsMax: 1_200,
}

/** By the file name of the golden record: schema, version, variant. */
export const SAMPLES = {
  "entry.v3.submitted": {
    origin: null,
    time: null,
    body: { kind: "submitted", envelope: message.envelope },
  } satisfies WireEntry,
  "entry.v3.message": entry({ kind: "message", message }),
  "entry.v3.control": entry({ kind: "control", tokens: ["e30.e30.AA", "e30.e30.AB"] }),
  "entry.v3.activation": entry({ kind: "activation", item: "policy", hash: hex("c"), body: Buffer.from("signed") }),
  "entry.v3.admission": entry({
    kind: "admission",
    device: DID,
    proof: { origin: { ...origin, offset: 40 }, bytes: Buffer.from("e30.e30.AA") },
  }),
  "entry.v3.tick": entry({ kind: "tick" }),
  "assayed-message.v3.full": message,
  "assayed-message.v3.bare": {
    ...message,
    claims: null,
    readings: [],
    subject: null,
    verdicts: { identity: null, credential: null, integrity: null, segmentation: null, anomaly: null },
    decision: null,
  } satisfies AssayedMessage,
  "assayed-message.v3.presentation": {
    ...message,
    claims: shown,
    readings: [],
    verdicts: { ...message.verdicts, segmentation: verdict([]) },
  } satisfies AssayedMessage,
  "assayed-message.v3.evidence": {
    ...message,
    claims: attested,
    readings: [],
    verdicts: { ...message.verdicts, segmentation: verdict([]) },
  } satisfies AssayedMessage,
  "audit-event.v2.decision": audit,
  "audit-event.v2.proof": proof,
  "leaf.v2.decision": leaf,
  "statement.v1.decision": statement,
  "checkpoint.v1.large": checkpoint,
  "passport.v1.both": {
    device: "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
    serial: "AQIDBAUGBwg",
    zone: "pumps",
    issued: 1_760_000_000_000,
    expires: 1_760_086_400_000,
    audit: 1_234_567,
    jwt: "eyJ0eXAiOiJtMm0tcGFzc3BvcnQrand0In0.e30.AA",
    cwt: Uint8Array.of(0xd2, 0x84),
  },
  "knowledge-item.v1.bundle": item,
  "rejected-record.v3.head": rejected,
  "reading-row.v1.data": row,
  "quality-row.v1.minute": quality,
} as const

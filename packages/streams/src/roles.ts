/**
 * Who works on a log, and what each needs of it: one principal per role. What a role may write is what it could forge, so
 * it is the least that the code of the role does; `packages/engine/src/runner` is where a stage reads and writes.
 */

import { SERVICE_NAMES, STAGES, type StageName } from "@assay/trust"
import { changelogOf, SIEM_STREAMS, STAGE_STREAMS, STREAMS } from "./names.ts"
import { ALL_STREAMS } from "./specs.ts"

export interface Role {
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
  /** Consumer groups that it is a member of, and whose offsets it moves. */
  readonly groups: ReadonlyArray<string>
  /** Those of `groups` for which it commits: outputs and position in one. */
  readonly commits: ReadonlyArray<string>
  /** Groups whose offsets it looks at. */
  readonly sees: ReadonlyArray<string>
  /** Its group ids begin so: sinks choose their own names. */
  readonly groupPrefixes: ReadonlyArray<string>
  /** What it does with the log's cells (what the log itself is, and how far it is sealed). */
  readonly cells: "none" | "read" | "swap"
  /** Makes streams and rights. */
  readonly administers: boolean
  /** Looks at how streams are set. */
  readonly seesSettings: boolean
}

/** The consumer group of the sealer, as in services/integrity-hasher. */
const SEALER = "integrity-sealer"

/** The two groups that read submitted, by which a backlog is known and a log is kept to one topology. */
const FIRST_GROUPS: ReadonlyArray<string> = [SERVICE_NAMES.identity, "chained"]

const DECIDED: ReadonlyArray<string> = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]

const NOTHING: Role = {
  read: [],
  write: [],
  groups: [],
  commits: [],
  sees: [],
  groupPrefixes: [],
  cells: "none",
  administers: false,
  seesSettings: false,
}

/**
 * Every stage: reads its input, the log's own cells and its changelog, and writes what any stage may
 * find out (audit events, malformed records, dead letters).
 */
const stageRole = (group: string, stages: ReadonlyArray<StageName>): Role => {
  const first = stages[0]!
  const { output } = STAGE_STREAMS[stages.at(-1)!]
  const decides = stages.includes("anomaly")
  const changelog = changelogOf(group)
  return {
    ...NOTHING,
    read: [
      STAGE_STREAMS[first].input,
      changelog,
      // A release issues a held message again, and a revocation takes back what was issued.
      ...(decides ? DECIDED : []),
    ],
    write: [
      ...(output === null ? [...DECIDED, STREAMS.revoked, STREAMS.knowledge] : [output]),
      changelog,
      STREAMS.audit,
      STREAMS.rejected,
      STREAMS.undecided,
      STREAMS.deadletter,
      // Who reads submitted appends its ticks; credential-checker asks there for admissions.
      ...(first === "identity" || stages.includes("credential") ? [STREAMS.submitted] : []),
    ],
    groups: [group],
    commits: [group],
    sees: first === "identity" ? FIRST_GROUPS.filter((other) => other !== group) : [],
    cells: "read",
  }
}

/** A sink: reads, and says how far it is. What the log itself is (its epoch, its partitions) stands in the cells. */
const reader = (name: string, read: ReadonlyArray<string>): Role => ({
  ...NOTHING,
  read,
  groupPrefixes: [name],
  cells: "read",
})

/** The consumer group of packages/read-model. */
const READ_MODEL = "read-model"

/** The consumer group that makes rows of readings, in packages/egress. */
const READINGS = "readings"

const ROWS: ReadonlyArray<string> = [STREAMS.readingsVerified, STREAMS.readingsAnnotated, STREAMS.readingsQuality]

const ALL_GROUPS: ReadonlyArray<string> = [
  ...STAGES.map((stage) => SERVICE_NAMES[stage]),
  "chained",
  SEALER,
  READ_MODEL,
  READINGS,
]

export const ROLES: Readonly<Record<string, Role>> = {
  ...Object.fromEntries(STAGES.map((stage) => [SERVICE_NAMES[stage], stageRole(SERVICE_NAMES[stage], [stage])])),
  /** All five stages in one process. */
  chained: stageRole("chained", STAGES),
  /** Takes messages, over HTTP or as an adapter; nothing but append. */
  ingress: { ...NOTHING, write: [STREAMS.submitted], sees: FIRST_GROUPS, cells: "read" },
  /** Tells devices what became of what they sent (`assay ingress mqtt` with a receipt key). */
  receipts: reader("receipts", DECIDED),
  /** Writes back into a CSE how its devices stand (`assay ingress onem2m` with ASSAY_ONEM2M_WRITE_BACK). */
  "write-back": reader("write-back", [STREAMS.knowledge, STREAMS.verified, STREAMS.annotated, STREAMS.audit]),
  /** Publishes passports to their devices (`assay ingress mqtt` with ASSAY_MQTT_PASSPORTS). */
  "passport-push": reader("passport-push", [STREAMS.passports, STREAMS.audit]),
  sealer: {
    ...NOTHING,
    // An erasure's command stands in submitted: its opening tells whose key may be destroyed.
    read: [STREAMS.audit, STREAMS.submitted],
    write: [STREAMS.checkpoints],
    groups: [SEALER],
    commits: [SEALER],
    cells: "swap",
  },
  /** Keeps Redis up to date; its positions lie there. */
  "read-model": {
    ...NOTHING,
    read: [STREAMS.audit, ...DECIDED, STREAMS.rejected],
    groups: [READ_MODEL],
    cells: "read",
  },
  /** Statistics of classes: reads what was decided, and hands in signed knowledge. */
  aggregator: { ...NOTHING, read: [STREAMS.verified, STREAMS.annotated], write: [STREAMS.submitted], cells: "read" },
  /** Looks for documents of DIDs: reads who was turned away and what is known, and hands in signed knowledge over HTTP. */
  resolver: { ...NOTHING, read: [STREAMS.rejected, STREAMS.knowledge], cells: "read" },
  /** Issues passports to devices that are trusted; its positions are its own. */
  "passport-issuer": {
    ...NOTHING,
    read: [STREAMS.audit, ...DECIDED, STREAMS.knowledge, STREAMS.checkpoints, STREAMS.passports],
    write: [STREAMS.passports],
    cells: "read",
  },
  /**
   * Anchors sets of devices and of reference values (`assay anchor run` with `--identities`, `--firmware`): reads the states that say
   * who is enrolled and who revoked, and what is in force.
   */
  anchor: {
    ...NOTHING,
    read: [
      ...[SERVICE_NAMES.credential, SERVICE_NAMES.anomaly, "chained"].map(changelogOf),
      STREAMS.audit,
      STREAMS.knowledge,
    ],
    cells: "read",
  },
  /** Makes challenges and enrols hardware: reads what is in force and which bindings operators ended, and binds in cells. */
  enrolment: { ...NOTHING, read: [STREAMS.knowledge, STREAMS.audit], cells: "swap" },
  /** The operators' tools and admin routes: hands in knowledge and commands, looks at everything, changes none. */
  operator: {
    ...NOTHING,
    read: ALL_STREAMS,
    write: [STREAMS.submitted],
    sees: ALL_GROUPS,
    cells: "read",
    seesSettings: true,
  },
  /** `assay whatif`: derives recorded traffic again under other knowledge, and may change nothing. */
  whatif: {
    ...NOTHING,
    read: [STREAMS.submitted, STREAMS.audit, STREAMS.rejected, STREAMS.undecided, STREAMS.knowledge],
    cells: "read",
  },
  /** KEDA, or whatever else sets the number of instances: sees how far each group is and how far the streams go, and reads no record. */
  scaler: { ...NOTHING, sees: STAGES.map((stage) => SERVICE_NAMES[stage]) },
  /** Runs `assay topics apply`. */
  admin: { ...NOTHING, cells: "swap", administers: true },
  /** Writes decisions into the streams of SIEMs: what a thief of it forges there no other stream believes. */
  "siem-topics": {
    ...reader("siem-topics", [...DECIDED, STREAMS.revoked, STREAMS.rejected, STREAMS.undecided]),
    write: SIEM_STREAMS,
  },
  /** Explains every block: `assay tail`, `export`, `explain`, `prove` and `verify`; nothing that waits to be decided. */
  siem: {
    ...reader("siem", [
      ...DECIDED,
      STREAMS.revoked,
      STREAMS.rejected,
      STREAMS.undecided,
      STREAMS.deadletter,
      STREAMS.audit,
      STREAMS.checkpoints,
    ]),
    // Which head was committed last: `assay verify` looks for it at the end of the checkpoints.
    sees: [SEALER],
  },
  /** Makes rows of readings out of decided messages: its outputs and its position are one commit. */
  readings: {
    ...NOTHING,
    // Its own counts say how far it was, where brokers have forgotten its position.
    read: [...DECIDED, STREAMS.readingsQuality],
    write: ROWS,
    groups: [READINGS],
    commits: [READINGS],
    cells: "read",
  },
  /** Ingests what is proven, as messages or as rows of readings. */
  "data-platform": reader("data-platform", [STREAMS.verified, STREAMS.annotated, STREAMS.revoked, ...ROWS]),
}

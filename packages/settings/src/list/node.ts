/** Settings of what judges: topology, batches, threads, snapshots, sealing. */
import { KEY_FORM } from "../key-form.ts"
import { choice, optional, whole } from "../setting.ts"

/** How the five stages run. */
export const TOPOLOGIES = ["chained", "staged"] as const

/** What may verify Ed25519; `auto` is the fastest that passes its check. */
export const VERIFY_BACKENDS = ["auto", "node"] as const

export const NODE = {
  topology: choice({
    key: "ASSAY_TOPOLOGY",
    part: "node",
    values: TOPOLOGIES,
    fallback: "chained",
    about: "Five stages in one commit, or five runners with a stream between each two",
    more: "Choose before the first start: each has its own state and positions, so a used directory or log is refused by the other",
  }),
  batchRecords: whole({
    key: "ASSAY_BATCH_RECORDS",
    part: "node",
    minimum: 1,
    maximum: 10_000,
    fallback: null,
    shown: "`512`, on Kafka `2048`",
    about: "Records that one commit takes at most",
  }),
  lingerMs: whole({
    key: "ASSAY_LINGER_MS",
    part: "node",
    minimum: 0,
    maximum: 10_000,
    fallback: null,
    shown: "`0`, on Kafka `50`",
    about: "The least time in milliseconds between two commits of few records (below 256)",
    more: "Less is faster at low load and costs brokers more. What comes after a rest, or in number, never waits",
  }),
  tickMs: whole({
    key: "ASSAY_TICK_MS",
    part: "node",
    minimum: 10,
    maximum: 3_600_000,
    fallback: 1_000,
    about: "Milliseconds between two tick entries of a partition",
  }),
  workers: whole({
    key: "ASSAY_WORKERS",
    part: "node",
    minimum: 0,
    maximum: 256,
    fallback: null,
    shown: "one per core where identity-resolver runs, else 1",
    about: "Threads that judge, each with partitions of its own; 0 judges in the main thread",
    more: "Never more than there are partitions. Each takes some 60 MiB and, at the start, half a second of a core; 0 is for small nodes",
  }),
  verifyBackend: choice({
    key: "ASSAY_VERIFY_BACKEND",
    part: "node",
    values: VERIFY_BACKENDS,
    fallback: "auto",
    about: "What verifies Ed25519: libsodium where it is installed and passes its check, or node:crypto alone",
    more: "Both accept the same signatures; `node` keeps the native module out of the process. `assay doctor` says which one runs",
  }),
  stallMs: whole({
    key: "ASSAY_STALL_MS",
    part: "node",
    minimum: 1_000,
    maximum: 3_600_000,
    fallback: 30_000,
    about: "A runner that has work to do and commits nothing for so many milliseconds is restarted from the log",
    more: "`/readyz` says so, and it is counted",
  }),
  snapshots: optional({
    key: "ASSAY_SNAPSHOTS",
    part: "node",
    form: "a directory",
    about: "Where snapshots of the state go, every five minutes and at the stop",
    more: "A restart then reads only the end of the changelog. On a local disk that only this service can write to",
  }),
  acceptMoved: choice({
    key: "ASSAY_ACCEPT_MOVED",
    part: "node",
    values: ["true", "false"],
    fallback: "false",
    about: "Goes on from the group's offset although the state was written at another",
    more: "Only after somebody moved the group on purpose, and for one start",
  }),
  acceptTime: choice({
    key: "ASSAY_ACCEPT_TIME",
    part: "node",
    values: ["true", "false"],
    fallback: "false",
    about: "Goes on where the log's time is ahead of this machine's clock",
    more: "Only after somebody has looked, until the clock has come there: all that expires or falls silent by that time does so for good",
  }),
  seal: choice({
    key: "ASSAY_SEAL",
    part: "node",
    values: ["auto", "on", "off"],
    fallback: "auto",
    about: "Whether this process seals the audit log",
    more: "`auto`: where integrity-hasher is among its stages and there is a data directory (on the embedded log always, on Kafka where `--data` or `ASSAY_DATA` names one). `on` without a directory is refused",
  }),
  logKeys: optional({
    key: "ASSAY_LOG_KEYS",
    part: "node",
    form: `${KEY_FORM}; comma-separated`,
    about: "The keys that sign the checkpoints sealed here, instead of the one in the data directory; Ed25519",
    more: "The first one is the log's. While it takes the place of another, the other stands behind it and signs too. See [keys.md](keys.md)",
  }),
  witnessPolicy: optional({
    key: "ASSAY_WITNESS_POLICY",
    part: "node",
    form: "a file",
    about: "The policy (C2SP tlog-policy) whose witnesses are asked to cosign the checkpoints sealed here",
    more: "Each witness needs its URL there. Sealing never waits for them. See [witness.md](witness.md)",
  }),
  witnessIntervalMs: whole({
    key: "ASSAY_WITNESS_INTERVAL_MS",
    part: "node",
    minimum: 100,
    maximum: 3_600_000,
    fallback: 2_000,
    about: "Milliseconds between two rounds in which the witnesses are asked",
  }),
  cohortKey: optional({
    key: "ASSAY_COHORT_KEY",
    part: "node",
    form: KEY_FORM,
    about: "Computes statistics of each class of devices here, and signs them with this key",
    more: "The bundle names its DID among `aggregators`. In one process of a deployment; without it devices are compared with their own past alone",
  }),
  challengeKey: optional({
    key: "ASSAY_CHALLENGE_KEY",
    part: "node",
    form: KEY_FORM,
    about: "Makes challenges for the evidence of hardware at `POST /v1/challenges`, signed by this key",
    more: "The bundle names its DID among `challengers`. Any number of processes may have it. See [hardware.md](hardware.md)",
  }),
  enrolmentKey: optional({
    key: "ASSAY_ENROLMENT_KEY",
    part: "node",
    form: KEY_FORM,
    about: "Enrols TPMs at `POST /v1/enrolments`, and endorses their attestation keys with this key",
    more: "The bundle names its DID among `endorsers`. See [hardware.md](hardware.md)",
  }),
} as const

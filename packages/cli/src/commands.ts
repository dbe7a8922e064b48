/**
 * All commands of `assay`, in the order of the help. Each is loaded when it is called: a node's worth of modules takes most
 * of a second, and `assay keygen` needs few of them. A test holds the summaries to those of the commands themselves.
 */
import { FOREIGN_KINDS, KIND_TITLES } from "@assay/knowledge/titles"
import type { Command } from "./command.ts"

export interface Listed {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

const listed = (name: string, summary: string, load: () => Promise<Command>): Listed => ({ name, summary, load })

export const COMMANDS: ReadonlyArray<Listed> = [
  listed(
    "demo",
    "run a fleet, attack it in every way we know, and check the log offline",
    async () => (await import("./commands/demo.ts")).demo,
  ),
  listed(
    "up",
    "start a deployment to try: init, run and both activations in one",
    async () => (await import("./commands/up.ts")).up,
  ),
  listed(
    "init",
    "make keys, roots, a signed trust bundle and a signed policy to start with",
    async () => (await import("./commands/init.ts")).init,
  ),
  listed(
    "run",
    "run a node on a data directory, until it is stopped",
    async () => (await import("./commands/run.ts")).run,
  ),
  listed(
    "context",
    "keep where deployments are, and choose the one that commands speak to",
    async () => (await import("./commands/context.ts")).context,
  ),
  listed(
    "status",
    "show a deployment at a glance: services, lag, sealing, knowledge, alarms",
    async () => (await import("./commands/status.ts")).status,
  ),
  listed(
    "capacity",
    "estimate what a deployment of a size needs and costs, from measured costs",
    async () => (await import("./commands/capacity.ts")).capacity,
  ),
  listed(
    "doctor",
    "look at everything a node needs, and say what to do about what is wrong",
    async () => (await import("./commands/doctor.ts")).doctor,
  ),
  listed(
    "check-message",
    "say step by step what a signed message would meet",
    async () => (await import("./commands/check-message.ts")).checkMessage,
  ),
  listed("submit", "hand signed messages to a running node", async () => (await import("./commands/submit.ts")).submit),
  listed(
    "ingress",
    "bring messages from an MQTT broker or a oneM2M CSE, or show how that goes",
    async () => (await import("./commands/ingress.ts")).ingress,
  ),
  listed("tail", "follow a stream", async () => (await import("./commands/tail.ts")).tail),
  listed(
    "export",
    "write decisions to a file, to standard output, to a SIEM, or rows of readings to Parquet files",
    async () => (await import("./commands/export.ts")).exportCommand,
  ),
  listed(
    "readings",
    "make a row of each reading for data platforms, on a log on Kafka",
    async () => (await import("./commands/readings.ts")).readings,
  ),
  listed(
    "aggregate",
    "compute statistics of each class of devices, and hand them in as signed knowledge",
    async () => (await import("./commands/aggregate.ts")).aggregate,
  ),
  listed(
    "resolver",
    "fetch documents of DIDs and status lists of issuers, and hand them in as knowledge",
    async () => (await import("./commands/resolver.ts")).resolver,
  ),
  listed(
    "explain",
    "explain how a message was decided, and by what knowledge; or a reason code",
    async () => (await import("./commands/explain.ts")).explain,
  ),
  listed(
    "device",
    "list and show devices, enrol them, and order their life",
    async () => (await import("./commands/device.ts")).device,
  ),
  listed(
    "passport",
    "cut and sign the policy slices that devices carry, or show a device's passport",
    async () => (await import("./commands/passport.ts")).passport,
  ),
  listed(
    "registry",
    "ask trust registries which issuers count, and answer others, by TRQP 2.0",
    async () => (await import("./commands/registry.ts")).registry,
  ),
  listed(
    "resync",
    "let a device that lost its place begin anew, as two operators sign it",
    async () => (await import("./commands/resync.ts")).resync,
  ),
  listed(
    "rebaseline",
    "let devices learn their normal values anew, as two operators sign it",
    async () => (await import("./commands/rebaseline.ts")).rebaseline,
  ),
  listed(
    "quarantine",
    "list, add, release or revoke, as signed operator commands",
    async () => (await import("./commands/quarantine.ts")).quarantine,
  ),
  listed(
    "rejudge",
    "have quarantined messages judged again under corrected knowledge, as two operators sign it",
    async () => (await import("./commands/rejudge.ts")).rejudge,
  ),
  listed(
    "revoke",
    "revoke a key, a credential or an issuer from a time on, and take back what relied on it",
    async () => (await import("./commands/revoke.ts")).revoke,
  ),
  listed(
    "erase",
    "erase a device from the record, as two operators or the roots sign it",
    async () => (await import("./commands/erase.ts")).erase,
  ),
  listed(
    "backup",
    "copy a deployment while it runs: log, state, knowledge, keys",
    async () => (await import("./commands/backup.ts")).backup,
  ),
  listed(
    "restore",
    "make a data directory of a backup, and show that it can be gone on from",
    async () => (await import("./commands/restore.ts")).restore,
  ),
  listed(
    "verify",
    "check the audit log offline, leaf by leaf",
    async () => (await import("./commands/verify.ts")).verify,
  ),
  listed(
    "archive",
    "move old entries of the audit log to an archive, and bring them back",
    async () => (await import("./commands/archive.ts")).archive,
  ),
  listed(
    "successor",
    "let the audit log go on under another name and key, where its key was lost or stolen",
    async () => (await import("./commands/successor.ts")).successor,
  ),
  listed(
    "verify-export",
    "check Parquet files of assay export against the log's key, offline",
    async () => (await import("./commands/verify-export.ts")).verifyExportCommand,
  ),
  listed("prove", "prove that an event is in the audit log", async () => (await import("./commands/prove.ts")).prove),
  listed(
    "verify-proof",
    "check a proof that prove wrote, with the log's key alone",
    async () => (await import("./commands/verify-proof.ts")).verifyProof,
  ),
  listed(
    "witness",
    "cosign the checkpoints of logs, each only where it continues the one before",
    async () => (await import("./commands/witness.ts")).witness,
  ),
  listed(
    "monitor",
    "follow logs and their witnesses, and raise an alarm where they do not agree",
    async () => (await import("./commands/monitor.ts")).monitor,
  ),
  listed(
    "anchor",
    "anchor the audit log on a chain, and check what is anchored",
    async () => (await import("./commands/anchor.ts")).anchor,
  ),
  listed(
    "replay",
    "derive every decision again, and report any difference from the record",
    async () => (await import("./commands/replay.ts")).replay,
  ),
  listed(
    "whatif",
    "show what recorded traffic would have come to under other knowledge, or what an advisory is about",
    async () => (await import("./commands/whatif.ts")).whatif,
  ),
  listed(
    "keygen",
    "make a key, and the DID that it speaks for",
    async () => (await import("./commands/keygen.ts")).keygen,
  ),
  listed(
    "tpm",
    "a device with a TPM: make its keys, enrol it, send evidence, sign with its key",
    async () => (await import("./commands/tpm.ts")).tpm,
  ),
  listed(
    "credential",
    "issue, renew, revoke and suspend device credentials, as their issuer",
    async () => (await import("./commands/credential.ts")).credential,
  ),
  listed(
    "sign",
    "sign a message, or a showing of a credential, as a device does",
    async () => (await import("./commands/sign.ts")).sign,
  ),
  listed(
    "firmware",
    "read what makers publish about firmware into reference values and advisories",
    async () => (await import("./commands/firmware.ts")).firmware,
  ),
  listed("did", "make, update or check the log of a did:webvh", async () => (await import("./commands/did.ts")).did),
  ...Object.entries(KIND_TITLES).map(([name, title]) =>
    listed(name, `check, ${FOREIGN_KINDS.has(name) ? "" : "sign, "}show or activate ${title}`, async () =>
      (await import("./commands/knowledge.ts")).commandNamed(name),
    ),
  ),
  listed(
    "topics",
    "plan or create the topics and ACLs of a log on Kafka",
    async () => (await import("./commands/topics.ts")).topics,
  ),
  listed(
    "schemas",
    "register this version's schemas at a schema registry, check that they are, or write them as files",
    async () => (await import("./commands/schemas.ts")).schemas,
  ),
  listed(
    "read-model",
    "show the read model of device trust in Redis, or rebuild it from the log",
    async () => (await import("./commands/read-model.ts")).readModel,
  ),
  listed(
    "backtest",
    "try readings of the past: what would have been verified, annotated, watched, quarantined, and why",
    async () => (await import("./commands/backtest.ts")).backtest,
  ),
  listed(
    "bench",
    "measure the pipeline against a loop that only verifies signatures",
    async () => (await import("./commands/bench.ts")).bench,
  ),
]

/** `assay anchor`: one log over all partitions, anchored on a chain that its operator cannot take back. */
import { HTTP } from "@assay/settings"
import { settingsHelp } from "@assay/settings/tables"
import { audit } from "../anchor/audit.ts"
import { deploy } from "../anchor/deploy.ts"
import { member } from "../anchor/member.ts"
import { prove } from "../anchor/prove.ts"
import { runAnchoring } from "../anchor/run.ts"
import { DEFAULT_NAME } from "../anchor/state.ts"
import { status } from "../anchor/status.ts"
import { verify } from "../anchor/verify.ts"
import { choose } from "../choice.ts"
import type { Command } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import { METRICS_OPTION } from "../observed.ts"
import { ROOTS_OPTION } from "../roots.ts"

const VERBS = { run: runAnchoring, status, deploy, prove, member, verify, audit } as const

export const anchor: Command = {
  name: "anchor",
  summary: "anchor the audit log on a chain, and check what is anchored",
  usage:
    "anchor run --state DIR [--data DIR] [--once] [--metrics PORT] | status --state DIR | deploy --state DIR | prove EVENT --state DIR --out FILE | member DID --state DIR --out FILE | verify FILE --key KEYS --anchor-key KEY --chain N --contract ADDRESS --rpc URL | --bitcoin-header HEX | audit DIR --anchor-key KEY --chain N --contract ADDRESS --rpc URL",
  details: `run brings the newest checkpoints of all partitions of a data directory into one log, the anchor log in DIR, and writes its head
to a contract, and to calendars of OpenTimestamps: at most once in each interval. It is a process of its own beside the node, until it is stopped. deploy makes
the contract, once. With --sites it brings those of other sites, or of earlier epochs, into the same log: one record of them all. status says what counts, what is on its way and what it costs; --every SECONDS for the cost of a day.
prove writes one file that leads from the decision on EVENT (a message's origin, epoch/partition/offset) to a block. verify checks such
a file with nothing from us but it: the verifier keys, chain and contract from somebody you trust, and --rpc, a node of your own (or
--block, the hash of a block that you know to be on the chain; for OpenTimestamps --bitcoin-header). With --message the decision must be on that very message.
member writes what a device carries beside its passport: that it is in the anchored set of enrolled devices, or of revoked ones (run
with --identities puts their roots into the anchor log). verify checks that too, with --passport whose it is.
audit checks a copy of the whole anchor log: every head that the contract was ever given must be a prefix of it, and with --logs (a copy of
tlog/ of the data directory) and --key every leaf a checkpoint of those logs.
Exit code 1 where something is not so. docs/guides/anchors.md says what an anchor adds, and what not.

Settings come from the environment.
${settingsHelp(["anchor"])}`,
  takes: 2,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    state: { type: "string", value: "DIR", help: "the directory of the anchor log" },
    name: { type: "string", value: "NAME", help: `the name of a new anchor log (default ${DEFAULT_NAME})` },
    sites: {
      type: "string",
      value: "DIRS",
      help: "run: further directories with sealed logs, of other sites or epochs, separated by commas",
    },
    once: { type: "boolean", help: "run: one round, and end" },
    "witness-policy": {
      type: "string",
      value: "FILE",
      help: "run: witnesses (C2SP tlog-policy) that cosign the anchor log; audit: who must have",
    },
    identities: { type: "boolean", help: "run: anchor the sets of enrolled and of revoked devices too" },
    firmware: { type: "boolean", help: "run: anchor the set of firmware reference values in force too (--roots)" },
    references: {
      type: "string",
      value: "FILE",
      help: "member: the signed reference values to prove; verify: those that a proof must be about",
    },
    poll: { type: "string", value: "SECONDS", default: "5", help: "run: between two looks at the chain" },
    metrics: { ...METRICS_OPTION.metrics, help: `run: ${METRICS_OPTION.metrics.help}` },
    host: { type: "string", value: "HOST", default: HTTP.httpHost.fallback, help: "run: where --metrics is served" },
    wait: { type: "string", value: "SECONDS", default: "600", help: "deploy: for its block" },
    every: { type: "string", value: "SECONDS", help: "status: the cost of a day with one transaction in so many" },
    out: { type: "string", value: "FILE", help: "prove: where the file goes" },
    archive: { type: "string", value: "DIR", help: "prove: where entries lie that assay archive prune took away" },
    key: {
      type: "string",
      value: "KEYS",
      help: "verify: the log's verifier key: a file, a directory of such, or a key",
    },
    "anchor-key": { type: "string", value: "KEY", help: "verify: the anchor log's verifier key (anchor.vkey)" },
    chain: { type: "string", value: "N", help: "verify: the id of the chain" },
    contract: { type: "string", value: "ADDRESS", help: "verify: the contract" },
    logs: { type: "string", value: "DIR", help: "audit: a copy of the partitions' logs, tlog/ of the data directory" },
    "from-block": { type: "string", value: "N", default: "0", help: "audit: the block in which the contract was made" },
    rpc: { type: "string", value: "URL", help: "verify: a node of your own" },
    block: { type: "string", value: "HASH", help: "verify: the block, where you know it from elsewhere" },
    "bitcoin-header": {
      type: "string",
      value: "HEX",
      help: "verify: the header of the block, from a node of your own",
    },
    confirmations: { type: "string", value: "N", default: "32", help: "verify: blocks that must stand above it" },
    passport: { type: "string", value: "FILE", help: "verify, of a device: its passport, with --slice and --roots" },
    slice: { type: "string", value: "FILE", help: "verify: the policy slice that names the passport's signer" },
    message: { type: "string", value: "FILE", help: "verify: the message that was decided" },
  },
  run: (given, output) =>
    VERBS[choose("assay anchor", given.positionals[0], Object.keys(VERBS) as Array<keyof typeof VERBS>)](given, output),
}

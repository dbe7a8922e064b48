/** `assay archive`: old entries of the audit log go to an archive, and come back. */
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { prune } from "../archive/prune.ts"
import { check, restore, status } from "../archive/restore.ts"
import { choose } from "../choice.ts"
import type { Command } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import { requiredDataDir } from "../open-log.ts"

const VERBS = { prune, restore, check, status } as const

export const archive: Command = {
  name: "archive",
  summary: "move old entries of the audit log to an archive, and bring them back",
  usage:
    "archive prune --archive DIR --retention FILE [--data DIR] | restore --archive DIR [--from N --partition N] | check --archive DIR | status --archive DIR",
  details: `prune takes entries out of the log's directory that are older than the stated retention, once they are in the archive, read again and
compared with the tree that the log's key signed. All hashes stay: every proof can still be built, and assay verify compares
what was pruned by the stored events, with --archive by the entries themselves. It may run beside the node, and is repeatable: stopped
at any point it loses nothing, and the next call goes on. FILE states what is kept:
  {"format":"assay-retention/1","keep":"90d","witnessed":true,"anchored":false}
"witnessed": only under a checkpoint that the witnesses of --witness-policy cosigned. "anchored": only under one that is anchored on a
chain (--state, the directory of assay anchor). Where that is not there, nothing is pruned.
restore brings entries back, from entry N on. check compares the archive with the tree, file by file: exit code 1 where one is missing.
Only entries are moved: audit.events and the tiles of hashes stay where they are.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    archive: { type: "string", value: "DIR", help: "where archived entries lie, outside of the data directory" },
    retention: { type: "string", value: "FILE", help: "prune: what is kept in the log's directory" },
    "witness-policy": { type: "string", value: "FILE", help: "prune: whose cosignatures count (C2SP tlog-policy)" },
    state: { type: "string", value: "DIR", help: "prune: the directory of assay anchor" },
    key: { type: "string", value: "KEYS", help: "the logs' verifier keys (default vkeys/ of the data directory)" },
    partition: { type: "string", value: "N", help: "only this partition" },
    from: { type: "string", value: "N", default: "0", help: "restore: the first entry that comes back" },
  },
  run: async (given, output) => {
    const verb = choose("assay archive", given.positionals[0], Object.keys(VERBS) as Array<keyof typeof VERBS>)
    const data = requiredDataDir(given, readLogConfiguration(processEnvironment()))
    return VERBS[verb](given, output, data)
  },
}

/** `assay verify`: the audit log, offline. */

import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type StreamReport, verifyStreams, verifyUndecided } from "@assay/engine"
import { generationOf, originOf } from "@assay/integrity-hasher/sealer"
import { BUNDLE } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { logDirectory } from "@assay/transparency/storage"
import type { LogKey, RootSet, TrustBundle } from "@assay/trust"
import { type Command, EXIT, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"
import { areRootsNamed, ROOTS_OPTION } from "../roots.ts"
import { logsOf, policyIn, readKeys } from "../verifier-keys.ts"
import { verifyLog } from "../verify.ts"
import { isKeyInside, notChecked, show, showStream, type Verified } from "../verify-output.ts"

/** Logs that were there once, by their keys or by what is left of them, and that this log no longer has partitions for. */
const absentLogs = async (log: Log, dir: string, keys: string): Promise<ReadonlyArray<string>> => {
  const { epoch, partitions } = log
  const named: Array<string> = []
  for (let generation = await generationOf(log); generation > 0; generation--) {
    const present = new Set(Array.from({ length: partitions }, (_, at) => originOf(epoch, at, generation)))
    const [ours] = present
    const family = ours!.replace(/[^/]+\/[^/]+$/, "")
    for (const name of logsOf(keys))
      if (name.startsWith(family) && name.endsWith(`/${epoch}`) && !present.has(name)) named.push(name)
  }
  const left = existsSync(join(dir, "tlog"))
    ? readdirSync(join(dir, "tlog")).filter((name) => /^p\d+$/.test(name) && Number(name.slice(1)) >= partitions)
    : []
  return [
    ...named.map(
      (name) => `--key has a key of ${name}, and the log has ${partitions} partitions: that one was taken away`,
    ),
    ...left.map((name) => `tlog/${name} is left of a partition that the log, with ${partitions}, does not have`),
  ]
}

/** What the roots say of the log's keys. @throws UsageError */
const logKeysIn = (path: string, roots: () => RootSet): ReadonlyArray<LogKey> => {
  const { active, isSigned } = readKnowledgeFile(BUNDLE, path, roots)
  if (!isSigned) throw new UsageError(`${path} is not signed: --bundle takes what assay bundle sign wrote`)
  const { logKeys = [] } = active.body as TrustBundle
  if (logKeys.length === 0) throw new UsageError(`${path} names no logKeys: leave --bundle out`)
  return logKeys
}

export const verify: Command = {
  name: "verify",
  summary: "check the audit log offline, leaf by leaf",
  usage:
    "verify [DIR] --key KEYS [--since CHECKPOINT] [--witness-policy FILE] [--archive DIR] [--partition N] [--streams]",
  details: `Recomputes every leaf from the stored audit events and compares it with the tiles and the signed checkpoint.
KEYS is the directory of the logs' verifier keys (vkeys), or the file of one, kept OUTSIDE the data directory. CHECKPOINT is an earlier checkpoint file, also
kept outside; without one the log is shown to be self-consistent only: whoever holds its key could have rewritten it whole.
With --bundle, signed by the pinned roots, the log's other keys count as its logKeys say: one that took the place of KEYS, and one that
is retired for what it signed before.
With --witness-policy the newest cosigned checkpoint must bear the cosignatures that the policy asks for, and the log must
continue it: no second history of what it covers was shown to those witnesses.
Entries that assay archive prune took away are compared by the stored events, and with --archive by the archived entries themselves.
Where the log's key was lost or stolen and a successor goes on (assay successor), both are checked, and KEYS has the keys of both.
Where KEYS has the key of a partition that the log no longer has, that is a finding.
What is kept as undecided is compared with the incidents that name it. "intact" speaks of what was compared; what could not be is
counted, and named at the end under "not checked".
Leaves of erased devices count only where the log holds a signed erasure of them, which the pinned roots (--roots) tell; of
their events only kind, time, outcome and reasons are left to compare, and assay replay compares the rest.
--streams compares every decided and rejected record with the event that vouches for it: forged, doubled,
changed and missing ones are named by stream, partition and offset. What retention has taken is said, and is no finding; the
embedded log takes nothing away, so there it is one.
With LOG=kafka the events are read from there, and DIR is the directory in which the log is sealed.`,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    key: { type: "string", value: "KEYS", help: "a file with a verifier key, a directory of such, or a key" },
    bundle: { type: "string", value: "FILE", help: "a signed trust bundle, whose logKeys say which keys the log has" },
    since: { type: "string", value: "CHECKPOINT", help: "an earlier checkpoint of the partition" },
    "witness-policy": {
      type: "string",
      value: "FILE",
      help: "a policy (C2SP tlog-policy) whose witnesses must have cosigned",
    },
    archive: { type: "string", value: "DIR", help: "where entries lie that assay archive prune took away" },
    partition: { type: "string", value: "N", help: "only this partition (needed with --since)" },
    streams: { type: "boolean", help: "check the decided and rejected records against the log as well" },
    directory: { type: "string", value: "DIR", help: "check this copy of the log's directory instead" },
  },
  run: async (given, output) => {
    const dir = given.positionals[0] ?? requiredDataDir(given, readLogConfiguration(processEnvironment()))
    const keys = readKeys(given.required("key"))
    const since = given.text("since")
    const bundle = given.text("bundle")
    const rootsFile = given.required("roots")
    // Where none is named and none lies in its usual place, no erasure counts.
    const roots = areRootsNamed(given) || existsSync(rootsFile) ? readRoots(rootsFile, dir) : null
    const logKeys = bundle === null ? null : logKeysIn(bundle, () => readRoots(rootsFile, dir))
    if (since !== null && given.text("partition") === null)
      throw new UsageError("--since needs --partition N: each has its own log")
    const log = await openForReading({ ...given, text: () => dir }, { streams: [STREAMS.audit] })
    try {
      const only = given.text("partition") === null ? null : given.whole("partition", 0, log.partitions - 1)
      const reports: Array<Verified> = []
      const streams: Array<StreamReport> = []
      const policy = given.text("witness-policy")
      const archive = given.text("archive")
      const outside = {
        ...(since === null ? {} : { since: readInput(since, "the earlier checkpoint").toString("utf8") }),
        ...(policy === null ? {} : { witnesses: policyIn(policy) }),
        ...(archive === null ? {} : { archive }),
      }
      for (let partition = only ?? 0; partition <= (only ?? log.partitions - 1); partition++) {
        output.progress(`partition ${partition} ...`)
        const directory = given.text("directory") ?? logDirectory(dir, partition)
        const report = await verifyLog(log, dir, { partition, directory, keys, logKeys, roots, ...outside })
        const { sealedTo } = report
        reports.push({ ...report, undecided: await verifyUndecided(log, partition, sealedTo) })
        if (given.flag("streams")) streams.push(...(await verifyStreams(log, partition, { sealedTo })))
      }
      const absent = only === null ? await absentLogs(log, dir, keys) : []
      const isIntact = absent.length === 0 && reports.every((report) => report.intact && report.undecided.intact)
      const intact = isIntact && streams.every(({ found }) => found === 0)
      const walked = given.flag("streams") ? streams : null
      const unchecked = notChecked(reports, walked, {
        keyInside: isKeyInside(given.required("key"), dir),
        others: log.partitions - reports.length,
      })
      output.result({ intact, reports, absent, ...(walked === null ? {} : { streams }), notChecked: unchecked }, () => {
        for (const report of reports) show(report, output)
        for (const what of absent) output.say(`${output.colour("NOT INTACT", "red")}: ${what}`)
        for (const report of streams) showStream(report, output)
        for (const what of unchecked) output.say(`not checked: ${what}`)
      })
      return intact ? EXIT.ok : EXIT.failed
    } finally {
      await log.close()
    }
  },
}

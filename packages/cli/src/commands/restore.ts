/** `assay restore`: makes a data directory of a backup. */
import { join, resolve } from "node:path"
import { readRoots } from "@assay/node/roots"
import { DATA, readManifest } from "../backup/manifest.ts"
import { restoreBackup } from "../backup/restore.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { readKeys } from "../verifier-keys.ts"

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export const restore: Command = {
  name: "restore",
  summary: "make a data directory of a backup, and show that it can be gone on from",
  usage: "restore BACKUP --data DIR [--key KEYS] [--roots FILE] [--digest SHA256]",
  details: `Copies what assay backup wrote into DIR, which must not be there, or be empty. Before it has that name every file is compared
with its hash in backup.json, every leaf is computed again under the log's key as assay verify does, and all states are read and held
against the positions of their groups and the pinned roots. Where anything is wrong nothing is left, and what it is is said: exit code 1.
--key names the verifier keys that were kept outside; without it those in the backup count, which shows that it agrees with
itself. --digest is what assay backup printed: whoever changed a file then needs another backup.json, which is refused.
Where its records bear the ids of a schema registry, the schemas were copied with them (schemas.json), and no registry is asked.
A log that was on Kafka becomes a data directory too: a node runs on it, and assay topics grow --from-data takes it back to brokers.
A restore takes the deployment back in time: read the guide (operations.md) before a node runs on it.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    key: {
      type: "string",
      value: "KEYS",
      help: "the verifier keys, as for assay verify; by default those in the backup",
    },
    digest: { type: "string", value: "SHA256", help: "of backup.json, as assay backup printed it" },
  },
  run: async (given, output) => {
    const [named] = given.positionals
    if (named === undefined) throw new UsageError("name the backup: assay restore BACKUP --data DIR")
    if (!given.isGiven("data")) throw new UsageError("--data DIR is needed: the directory that is made")
    const dir = resolve(given.required("data"))
    const { manifest, digest } = readManifest(named)
    const expected = given.text("digest")
    if (expected !== null && expected !== digest) {
      output.result({ restored: false, findings: [`backup.json has the digest ${digest}`] }, () =>
        output.say(`${output.colour("NOT RESTORED", "red")}: backup.json has the digest ${digest}, not ${expected}`),
      )
      return EXIT.failed
    }
    const roots = readRoots(given.required("roots"), dir)
    const keys = readKeys(given.text("key") ?? join(named, DATA, "vkeys"))
    const done = await restoreBackup({ backup: named, manifest, dir, keys, roots, onProgress: output.progress })
    const { findings, leaves, states, ms } = done
    const rows = states.reduce((sum, state) => sum + state.rows, 0)
    output.result({ restored: findings.length === 0, findings, leaves, rows, states, ms }, () => {
      for (const finding of findings) output.say(`${output.colour("NOT RESTORED", "red")}: ${finding}`)
      if (findings.length > 0) return
      output.say(`${leaves} sealed events and ${rows} states are as they were backed up, in ${dir}`)
      output.say(
        `copied in ${seconds(ms.copy)}, verified in ${seconds(ms.verify)}, states read in ${seconds(ms.state)}`,
      )
      if (given.text("key") === null)
        output.say(
          "the keys were those in the backup: with --key from outside it is also shown that they are the log's",
        )
    })
    return findings.length === 0 ? EXIT.ok : EXIT.failed
  },
}

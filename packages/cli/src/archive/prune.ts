/** `assay archive prune`: takes old entries out of the log's directory, once they are archived. */
import { lockDir } from "@assay/log/embedded"
import { isWithin } from "@assay/node/roots"
import { STREAMS } from "@assay/streams"
import {
  Archive,
  ArchiveError,
  type PruneDone,
  parseRetention,
  prune as pruneLog,
  type Retention,
} from "@assay/transparency/archive"
import { makeDirectory } from "@assay/transparency/storage"
import { evidenceIn, openAnchorLog } from "../anchor/state.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { openForReading } from "../open-log.ts"
import type { Output } from "../output.ts"
import { policyIn } from "../verifier-keys.ts"
import { type Limit, limitsOf, type Vouching } from "./limits.ts"
import { sealedLogs } from "./logs.ts"

interface Pruned extends PruneDone {
  readonly partition: number
  readonly origin: string
  readonly size: number
  readonly limits: ReadonlyArray<Limit>
}

/** @throws UsageError that names the file */
export const retentionOf = (path: string): Retention => {
  try {
    return parseRetention(readInput(path, "the retention").toString("utf8"))
  } catch (cause) {
    if (cause instanceof ArchiveError) throw new UsageError(`${path}: ${cause.message}`)
    throw cause
  }
}

const vouching = async (given: Arguments, retention: Retention): Promise<Vouching> => {
  const [policy, state] = [given.text("witness-policy"), given.text("state")]
  return {
    policy: retention.witnessed && policy !== null ? policyIn(policy) : null,
    anchors:
      retention.anchored && state !== null ? { log: await openAnchorLog(state), sources: evidenceIn(state) } : null,
  }
}

const WORDS: Readonly<Record<Limit["by"], string>> = {
  age: "what is older than the retention",
  witnesses: "what witnesses cosigned",
  anchors: "what is anchored",
}

const show = ({ origin, size, minimum, bundles, bytes, limits }: Pruned, output: Output): void => {
  output.say(
    `${origin}: entries 0 to ${minimum} of ${size} are archived, ${bundles} bundles (${bytes} bytes) removed here`,
  )
  const last = [...limits].sort((a, b) => a.size - b.size)[0]!
  output.say(`  entries from ${last.size} on stay: the limit is ${WORDS[last.by]}`)
}

export const prune = async (given: Arguments, output: Output, data: string): Promise<ExitCode> => {
  const retention = retentionOf(given.required("retention"))
  const directory = given.required("archive")
  await makeDirectory(directory)
  if (isWithin(directory, data))
    throw new UsageError(`${directory} lies inside ${data}: an archive that goes with the data directory keeps nothing`)
  const log = await openForReading(given, { streams: [STREAMS.checkpoints] })
  const release = lockDir(directory)
  try {
    const vouched = await vouching(given, retention)
    const done: Array<Pruned> = []
    // All are looked at before the first entry goes.
    const planned: Array<{ log: Awaited<ReturnType<typeof sealedLogs>>[number]; limits: ReadonlyArray<Limit> }> = []
    for (const sealed of await sealedLogs(given, log, data))
      planned.push({ log: sealed, limits: await limitsOf(log, sealed, retention, vouched, Date.now()) })
    for (const { log: sealed, limits } of planned) {
      const { partition, origin, head, note } = sealed
      output.progress(`partition ${partition} ...`)
      const archive = await Archive.open(directory, origin)
      const below = Math.min(...limits.map(({ size }) => size))
      const found = await pruneLog({ directory: sealed.directory, archive, retention, head, note, below })
      done.push({ partition, origin, size: head.size, limits, ...found })
    }
    output.result({ archive: directory, logs: done }, () => {
      if (done.length === 0) output.say("nothing is sealed yet")
      for (const one of done) show(one, output)
    })
    return EXIT.ok
  } finally {
    release()
    await log.close()
  }
}

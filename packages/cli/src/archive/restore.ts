/** `assay archive restore` and `check`: entries out of the archive, and whether they are there. */
import { lockDir } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { checkArchive, readPruned, restore as restoreLog } from "@assay/transparency/archive"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { openForReading } from "../open-log.ts"
import type { Output } from "../output.ts"
import { sealedLogs } from "./logs.ts"

export const restore = async (given: Arguments, output: Output, data: string): Promise<ExitCode> => {
  const from = given.whole("from", 0, Number.MAX_SAFE_INTEGER)
  if (from > 0 && given.text("partition") === null)
    throw new UsageError("--from needs --partition N: each has its own log")
  const log = await openForReading(given, { streams: [STREAMS.checkpoints] })
  const release = lockDir(given.required("archive"))
  try {
    const done: Array<{ partition: number; origin: string; minimum: number; bundles: number }> = []
    for (const sealed of await sealedLogs(given, log, data)) {
      output.progress(`partition ${sealed.partition} ...`)
      done.push({ partition: sealed.partition, origin: sealed.origin, ...(await restoreLog(sealed, from)) })
    }
    output.result({ logs: done }, () => {
      for (const { origin, minimum, bundles } of done)
        output.say(`${origin}: ${bundles} bundles are back, the log has its entries from ${minimum} on`)
    })
    return EXIT.ok
  } finally {
    release()
    await log.close()
  }
}

export const check = async (given: Arguments, output: Output, data: string): Promise<ExitCode> => {
  const log = await openForReading(given, { streams: [STREAMS.checkpoints] })
  try {
    const logs: Array<Awaited<ReturnType<typeof checkArchive>> & { partition: number; origin: string }> = []
    for (const sealed of await sealedLogs(given, log, data)) {
      output.progress(`partition ${sealed.partition} ...`)
      logs.push({ partition: sealed.partition, origin: sealed.origin, ...(await checkArchive(sealed)) })
    }
    const isWhole = logs.every(({ pruned, archived }) => pruned === archived)
    output.result({ whole: isWhole, logs }, () => {
      for (const { origin, pruned, archived, missing } of logs) {
        output.say(`${origin}: ${archived} of ${pruned} pruned bundles are in the archive`)
        for (const path of missing) output.say(`  missing, or of other entries: ${path}`)
      }
    })
    return isWhole ? EXIT.ok : EXIT.failed
  } finally {
    await log.close()
  }
}

export const status = async (given: Arguments, output: Output, data: string): Promise<ExitCode> => {
  const log = await openForReading(given, { streams: [STREAMS.checkpoints] })
  try {
    const logs: Array<{ origin: string; size: number; minimum: number; keep: string | null }> = []
    for (const { directory, origin, head } of await sealedLogs(given, log, data)) {
      const pruned = await readPruned(directory)
      logs.push({ origin, size: head.size, minimum: pruned?.minimum ?? 0, keep: pruned?.retention.keep ?? null })
    }
    output.result({ logs }, () => {
      for (const { origin, size, minimum, keep } of logs)
        output.say(
          minimum === 0
            ? `${origin}: all of ${size} entries are here`
            : `${origin}: entries from ${minimum} to ${size} are here, those before are archived (retention ${keep})`,
        )
    })
    return EXIT.ok
  } finally {
    await log.close()
  }
}

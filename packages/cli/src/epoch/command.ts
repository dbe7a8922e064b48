/** `assay topics grow`: the next epoch of a log, on either engine. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { EPOCH, type Epoch } from "@assay/knowledge"
import { type Log, LogSetupError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { copyKeptSchemas, type LogConfiguration, openDirectory, openLog, readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { fits, KAFKA, processEnvironment } from "@assay/settings"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { kafkaMembers } from "../doctor/members.ts"
import { readInput, writeOutput } from "../files.ts"
import { CHAINED, STAGED } from "../judging-groups.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import { dataDirOf } from "../open-log.ts"
import type { Output } from "../output.ts"
import { groupsOver } from "../services.ts"
import { TopicsState, type Wanted } from "../topics/state.ts"
import { type GrowStep, grow, planEpoch } from "./grow.ts"

const sayStep =
  (output: Output) =>
  (step: GrowStep): void =>
    output.progress("partition" in step ? `partition ${step.partition}: ${step.step}` : step.step)

/** On Kafka nothing keeps a process out that runs already. @throws LogSetupError where one does */
const refuseMembers = async ({ kafka }: LogConfiguration): Promise<void> => {
  if (kafka === null) return
  const groups = [CHAINED, ...STAGED].map(({ name }) => name)
  const members = await kafkaMembers(kafka)(groups)
  const running = groups.filter((group) => (members.get(group) ?? 0) > 0)
  if (running.length > 0)
    throw new LogSetupError(
      `processes still run ${running.join(", ")}: stop them first. One that was killed counts until its session is over`,
    )
}

/**
 * The directory of the log that ends; null where it is on Kafka. A log that was restored from a backup lies in a directory, and may go on
 * on the brokers. @throws UsageError
 */
const formerDir = (given: Arguments, config: LogConfiguration): string | null => {
  const restored = given.text("from-data")
  if (config.kafka !== null) return restored
  if (restored !== null) throw new UsageError("--from-data is for LOG=kafka: name an embedded log with --data DIR")
  return dataDirOf(given, config)
}

/** The log that ends. On the embedded engine its directory is locked from here on. */
const openFormer = async (given: Arguments, config: LogConfiguration): Promise<Log> => {
  const dir = formerDir(given, config)
  if (config.kafka !== null && dir === null) return openLog(config, null)
  if (dir === null || !existsSync(resolve(dir, "assay.json")))
    throw new UsageError(
      `there is no Assay data directory at ${dir}: name it with ${config.kafka === null ? "--data" : "--from-data"} DIR`,
    )
  return openDirectory({ dir })
}

/** The same beginning as the former log's: what its devices signed before is no older than the log. */
const makeEmbedded = async (
  dir: string,
  former: string,
  { genesis }: Log,
  { version, partitions }: Epoch,
): Promise<Log> => {
  if (!existsSync(resolve(dir, "assay.json"))) {
    const made = await openEmbedded({ dir, partitions, epoch: version, clock: () => genesis })
    await made.close()
  }
  // Records are carried over as they are, so under the same ids.
  copyKeptSchemas(former, dir)
  return openDirectory({ dir, partitions, epoch: version })
}

/** What was just made may not be seen by all brokers at once. */
const OPEN_TRIES = 20
const OPEN_PAUSE_MS = 500

const makeOnKafka = async (
  config: LogConfiguration,
  prefix: string,
  { genesis }: Log,
  { version, partitions }: Epoch,
  wanted: Wanted,
): Promise<Log> => {
  const kafka = { ...config.kafka!, prefix }
  const state = await TopicsState.open(kafka, { ...wanted, epoch: version, partitions, genesis })
  try {
    const before = await state.read()
    await state.apply(before, { configs: false, acls: wanted.principals.length > 0 })
  } finally {
    await state.close()
  }
  for (let attempt = 1; ; attempt++)
    try {
      return await openLog({ ...config, kafka }, null)
    } catch (cause) {
      if (attempt === OPEN_TRIES) throw cause
      await delay(OPEN_PAUSE_MS)
    }
}

const nextPlace = (given: Arguments, config: LogConfiguration): string => {
  const name = config.kafka === null ? "to-data" : "to-prefix"
  const place = given.text(name)
  if (place === null) throw new UsageError(`--${name} is needed: where the next epoch is to be`)
  if (config.kafka === null) return resolve(place)
  if (!fits(KAFKA.prefix, place)) throw new UsageError(`--to-prefix: ${JSON.stringify(place)} is no prefix of topics`)
  if (place === config.kafka.prefix && formerDir(given, config) === null)
    throw new UsageError(`--to-prefix: ${place} is that of the log which ends`)
  return place
}

const writePlan = async (given: Arguments, log: Log, output: Output): Promise<ExitCode> => {
  const partitions = given.whole("partitions", 1, 1_024)
  const epoch = await planEpoch(log, groupsOver(log), partitions)
  const text = `${JSON.stringify(epoch, null, 2)}\n`
  const out = given.text("out")
  if (out !== null) writeOutput(out, text)
  output.result(epoch, () =>
    out === null
      ? output.say(text.trimEnd())
      : output.say(
          `${out} says where epoch ${epoch.version} begins: assay epoch sign ${out} --keys ..., then assay topics grow --item`,
        ),
  )
  return EXIT.ok
}

/** @throws UsageError, LogSetupError, DataDirError: what is to be done first */
export const growLog = async (given: Arguments, wanted: Wanted, output: Output): Promise<ExitCode> => {
  const config = readLogConfiguration(processEnvironment())
  const file = given.text("item")
  if (file === null && !given.isGiven("partitions"))
    throw new UsageError("--partitions N is needed: how many the next epoch has, a multiple of those of this one")
  const place = file === null ? null : nextPlace(given, config)
  // Of a restored log nobody on the brokers is a member.
  if (formerDir(given, config) === null) await refuseMembers(config)
  const from = await openFormer(given, config)
  try {
    if (file === null || place === null) return await writePlan(given, from, output)
    const roots = () => readRoots(given.required("roots"), formerDir(given, config) ?? dataDirOf(given, config))
    const { active, isSigned } = readKnowledgeFile(EPOCH, file, roots)
    if (!isSigned) throw new UsageError(`${file} is not signed: assay epoch sign ${file} --keys ...`)
    const epoch = active.body as Epoch
    const body = new Uint8Array(readInput(file, "the signed item"))
    const dir = formerDir(given, config)
    const done = await grow({
      from,
      place: dir === null ? { prefix: config.kafka!.prefix } : { dir: resolve(dir) },
      make: () =>
        config.kafka === null
          ? makeEmbedded(place, dir!, from, epoch)
          : makeOnKafka(config, place, from, epoch, wanted),
      where: place,
      groups: groupsOver(from),
      item: { body, hash: active.hash, epoch },
      onStep: sayStep(output),
    })
    output.result({ epoch: epoch.version, partitions: epoch.partitions, to: place, ...done }, () => {
      output.say(`epoch ${epoch.version} with ${epoch.partitions} partitions goes on at ${place}`)
      output.say(`${done.moved} states moved, ${done.messages} messages carried over that nobody had judged`)
      if (done.left > 0)
        output.say(
          `${output.colour(`${done.left} commands or activations came too late`, "yellow")} and count nowhere: hand them in again`,
        )
    })
    return EXIT.ok
  } finally {
    await from.close()
  }
}

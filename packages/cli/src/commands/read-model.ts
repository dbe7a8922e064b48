/** `assay read-model show|rebuild`: the shared read model of device trust in Redis. */

import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { type DeviceTrust, openReadModel, type PartitionStatus, type ReadModel } from "@assay/read-model"
import { ConfigurationError, processEnvironment, READ_MODEL } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { choose } from "../choice.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import { type Output, table } from "../output.ts"

/** The log that the model is of, without any part in its work, and the model. */
const opened = async <T>(given: Arguments, use: (log: Log, model: ReadModel) => Promise<T>): Promise<T> => {
  const { redisUrl } = readSettings(READ_MODEL, processEnvironment())
  if (redisUrl === null)
    throw new ConfigurationError(
      "configuration: REDIS_URL is not set: name the Redis of the read model, redis://host:port",
    )
  const { kafka } = readLogConfiguration(processEnvironment())
  const log = await openForReading(given)
  try {
    const model = openReadModel(log, { redisUrl, prefix: kafka?.prefix ?? "" })
    try {
      return await use(log, model)
    } finally {
      model.close()
    }
  } finally {
    await log.close()
  }
}

const NO_MODEL =
  "there is no read model of this log yet: assay run with REDIS_URL feeds one, assay read-model rebuild makes one"

const asOfWords = ({ offset, time }: PartitionStatus["asOf"]): string =>
  `audit offset ${offset}${time === null ? "" : ` (${time})`}`

/** As `operatorWords` says it of the audit record. */
const commandWords = ({ operator, signers }: NonNullable<DeviceTrust["quarantine"]>): string | null =>
  operator === null ? null : `by ${signers.join(" and ")}: ${operator}`

const sayDevice = (device: DeviceTrust, output: Output): void => {
  const { state, since, reputation, decision, zone, subject, quarantine, rejected } = device
  output.say(
    `${device.device}\n  ${state ?? "unknown"}${since === null ? "" : ` since ${since}`}, partition ${device.partition}`,
  )
  output.say(`  reputation ${reputation?.toFixed(3) ?? "unknown"}, before the last message`)
  if (quarantine !== null)
    output.say(
      `  quarantined at ${quarantine.origin}: ${[commandWords(quarantine), ...quarantine.reasons].filter(Boolean).join(", ")}`,
    )
  if (decision !== null)
    output.say(
      `  last decision ${decision.outcome} on ${decision.origin} at ${decision.time}${decision.reasons.length === 0 ? "" : `: ${decision.reasons.join(", ")}`}`,
    )
  if (zone !== null) output.say(`  zone ${zone.id ?? "none"}, by policy version ${zone.policy ?? "unknown"}`)
  if (subject !== null) output.say(`  ${subject.vendor ?? "?"} ${subject.class ?? "?"}, assurance ${subject.assurance}`)
  if (rejected !== null) {
    const { count, origin, time, reasons, principal, detail } = rejected
    output.say(
      `  ${count} of its messages rejected, the last at ${origin} (${time})${principal === null ? "" : `, handed in by ${principal}`}: ${reasons.join(", ")}${detail === null ? "" : `: ${detail}`}`,
    )
  }
  output.say(`  as of ${asOfWords(device.asOf)}`)
}

const showDevice = async (model: ReadModel, generation: string, did: string, output: Output): Promise<ExitCode> => {
  const device = await model.device(generation, did)
  output.result(device ?? { device: did, known: false }, () => {
    if (device === null) output.say(`the read model does not have ${did}`)
    else sayDevice(device, output)
  })
  return device === null ? EXIT.failed : EXIT.ok
}

/** A screen of them; --json has all. */
const MOST_PRINCIPALS = 20

/** What the devices had signed is their own mistake, or repeated on its way; the rest was made or changed by whoever handed it in. */
const sayPrincipals = (principals: Awaited<ReturnType<ReadModel["principals"]>>, output: Output): void => {
  const rows = principals
    .slice(0, MOST_PRINCIPALS)
    .map(({ principal, rejected, signed, time }) => [
      principal,
      String(rejected),
      String(signed),
      new Date(time).toISOString(),
    ])
  output.say()
  output.say(table(["handed in by", "rejected", "of these signed", "the last at"], rows, [1, 2]))
  if (principals.length > MOST_PRINCIPALS) output.say(`and ${principals.length - MOST_PRINCIPALS} more (--json)`)
}

const show = (given: Arguments, output: Output): Promise<ExitCode> =>
  opened(given, async (log, model) => {
    const did = given.positionals[1]
    const generation = await model.generation()
    if (generation === null) {
      output.result({ server: model.server, generation, partitions: [] }, () => output.say(NO_MODEL))
      return EXIT.failed
    }
    if (did !== undefined) return showDevice(model, generation, did, output)
    const status = await model.status(generation)
    const partitions = await Promise.all(
      status.map(async (one) => ({
        ...one,
        end: (await log.bounds({ stream: "audit.events.v1", partition: one.partition })).end,
      })),
    )
    const principals = await model.principals(generation)
    output.result({ server: model.server, generation, partitions, principals }, () => {
      output.say(`read model on Redis at ${model.server}, generation ${generation}`)
      const rows = partitions.map((one) => [
        String(one.partition),
        String(one.devices),
        String(one.strangers),
        `${one.asOf.offset}/${one.end}`,
        one.asOf.time ?? "",
        one.complete ? "yes" : "not yet",
      ])
      output.say(
        table(["partition", "devices", "strangers", "audit offset/end", "as of", "whole log"], rows, [0, 1, 2, 3]),
      )
      if (principals.length > 0) sayPrincipals(principals, output)
    })
    return EXIT.ok
  })

const rebuild = (given: Arguments, output: Output): Promise<ExitCode> =>
  opened(given, async (log, model) => {
    const started = performance.now()
    let reported = started
    const done = await model.rebuild((partition, offset, end) => {
      if (performance.now() - reported < 1_000) return
      reported = performance.now()
      output.progress(`partition ${partition + 1} of ${log.partitions}: audit offset ${offset} of ${end}`)
    })
    const seconds = (performance.now() - started) / 1_000
    output.result({ server: model.server, ...done, seconds }, () => {
      output.say(
        `read model on Redis at ${model.server} rebuilt from ${done.records} records in ${seconds.toFixed(1)} s: ${done.devices} devices, generation ${done.generation}; ${done.deleted} old keys deleted`,
      )
      if (done.unreadable > 0) output.say(`  ${done.unreadable} records could not be read and were passed over`)
      if (done.lost > 0) output.say(`  ${done.lost} audit records are gone from the log: the model is not complete`)
    })
    return EXIT.ok
  })

export const readModel: Command = {
  name: "read-model",
  summary: "show the read model of device trust in Redis, or rebuild it from the log",
  usage: "read-model show [DID] | rebuild [--data DIR]",
  details: `The model is for looking at; no decision rests on it. show says how far it has come, or what it has of a device.
rebuild reads the whole log into a new model beside the one in use, then puts it in its place; nodes may go on running.
Redis comes from the environment: REDIS_URL (redis://[user:password@]host[:port][/database], rediss:// for TLS); the log
from --data, or from LOG=kafka, KAFKA_BROKERS and what belongs to them.
Exit code 1: show found no model, or not the device.`,
  takes: 2,
  options: DATA_OPTION,
  run: async (given, output) => {
    const [verb, extra] = given.positionals
    const word = choose("assay read-model", verb, ["show", "rebuild"])
    if (word === "show") return show(given, output)
    if (extra !== undefined) throw new UsageError(`assay read-model rebuild takes no ${JSON.stringify(extra)}`)
    return rebuild(given, output)
  },
}

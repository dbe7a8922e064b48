/** The epochs that a log goes on from, opened to be read. */
import { type LogPlace, readFilling } from "@assay/engine"
import type { Log } from "@assay/log"
import { ConfigurationError, EGRESS } from "@assay/settings"
import { logName } from "@assay/trust"
import type { LogConfiguration } from "./config.ts"
import { openDirectory } from "./kept-schemas.ts"
import { openLog } from "./open.ts"

const KEY = EGRESS.passportFormer.key

/** @returns the newest first; null where nothing is said @throws ConfigurationError */
export const readPlaces = (setting: string | null): ReadonlyArray<LogPlace> | null => {
  if (setting === null) return null
  if (setting === "none") return []
  const places = setting.split(",").map((one): LogPlace => {
    const [, what, where] = /^(prefix|dir):(.+)$/.exec(one.trim()) ?? []
    if (where === undefined)
      throw new ConfigurationError(`${KEY}: ${JSON.stringify(one)} is neither prefix:PREFIX nor dir:DIRECTORY nor none`)
    return what === "prefix" ? { prefix: where } : { dir: where }
  })
  return places.reverse()
}

const textOf = (place: LogPlace): string => ("prefix" in place ? `prefix:${place.prefix}` : `dir:${place.dir}`)

const openPlace = async (config: LogConfiguration, place: LogPlace, roles: ReadonlyArray<string>): Promise<Log> => {
  if ("dir" in place) return openDirectory({ dir: place.dir, readOnly: true })
  if (config.kafka === null) throw new ConfigurationError(`${KEY}: ${textOf(place)} is on Kafka, and this log is not`)
  return openLog({ ...config, kafka: { ...config.kafka, prefix: place.prefix } }, null, { roles })
}

/**
 * @param roles what this process is to the brokers of a former log
 * @returns the oldest first, for the caller to close
 * @throws ConfigurationError where one is not where the log says, or the setting: the message says what to set
 */
export const openFormer = async (
  log: Log,
  config: LogConfiguration,
  setting: string | null,
  roles: ReadonlyArray<string>,
): Promise<ReadonlyArray<Log>> => {
  const places = readPlaces(setting)
  const opened: Array<Log> = []
  try {
    for (let next = log; places === null || opened.length < places.length; next = opened.at(-1)!) {
      const filling = await readFilling(next)
      if (filling === null) break
      const place = places?.[opened.length] ?? filling.place
      if (place === null)
        throw new ConfigurationError(
          `${KEY} is needed: epoch ${next.epoch} goes on from ${filling.from}, and does not say where that is`,
        )
      const former = await openPlace(config, place, roles).catch((cause) => {
        throw new ConfigurationError(
          `${KEY}: epoch ${next.epoch} goes on from ${filling.from}, which cannot be opened at ${textOf(place)}: ${(cause as Error).message}. Name its place, or none`,
          { cause },
        )
      })
      opened.push(former)
      if (logName(former) !== filling.from)
        throw new ConfigurationError(`${KEY}: at ${textOf(place)} is ${logName(former)}, and not ${filling.from}`)
    }
    return opened.reverse()
  } catch (cause) {
    for (const one of opened) await one.close()
    throw cause
  }
}

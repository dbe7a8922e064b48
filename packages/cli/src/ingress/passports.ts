/** Passports over MQTT: where their position is kept, and what they are read from. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { groupCheckpoint } from "@assay/consumer"
import { filePositions, openState } from "@assay/egress"
import { type MqttAdapter, type MqttSettings, type RunningPassportPush, startPassportPush } from "@assay/ingress/mqtt"
import type { Log } from "@assay/log"
import { MQTT } from "@assay/settings"
import type { Arguments } from "../command.ts"
import { complainOf } from "../output.ts"
import { openEmbedded } from "./receipts.ts"

/** The consumer group of all instances. A principal's rights on the brokers are to groups that begin with its role. */
const GROUP = "passport-push-mqtt"

/**
 * @param shared the log of the adapter on Kafka; null: a node has it
 * @throws UsageError, DataDirError: nothing stays open
 */
export const openPassportPush = async (
  given: Arguments,
  { passports, broker }: MqttSettings,
  shared: Log | null,
  adapter: MqttAdapter,
): Promise<RunningPassportPush | null> => {
  if (passports === null) return null
  const log = shared ?? (await openEmbedded(given, MQTT.passports.key))
  const place = join(given.text("state") ?? `${broker.clientId}.state`, "passports")
  if (shared === null) mkdirSync(place, { recursive: true, mode: 0o700 })
  const state = shared === null ? openState(place) : null
  const running = await startPassportPush({
    log,
    group: shared === null ? null : GROUP,
    checkpoint: state === null ? groupCheckpoint(log, GROUP) : await filePositions(state.positions, log),
    topic: passports,
    publish: (topic, payload) => adapter.publish(topic, payload, true),
    onProblem: complainOf,
  })
  return {
    ...running,
    stop: async () => {
      await running.stop()
      state?.release()
      if (shared === null) await log.close()
    },
  }
}

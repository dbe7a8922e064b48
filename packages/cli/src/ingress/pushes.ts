/** What an MQTT adapter publishes to devices: receipts and passports, what signs them, and what they are read from. */
import { join } from "node:path"
import {
  type MqttAdapter,
  type MqttSettings,
  RECEIPT_TYPE,
  type RunningReceipts,
  startPassportPush,
  startReceipts,
} from "@assay/ingress/mqtt"
import { signClaimsWith } from "@assay/jose"
import type { Log } from "@assay/log"
import { MQTT } from "@assay/settings"
import type { Arguments } from "../command.ts"
import { openKey } from "../keys.ts"
import { complainOf } from "../output.ts"
import { openFollowedLog } from "./followed-log.ts"

export interface Pushing {
  readonly settings: MqttSettings
  /** The log of the adapter on Kafka; null: a node has it. */
  readonly shared: Log | null
  readonly adapter: MqttAdapter
  /** Gets what closes what is opened, as soon as it is open. */
  readonly closing: Array<() => Promise<void>>
}

const stateDir = (given: Arguments, { broker }: MqttSettings): string =>
  given.text("state") ?? `${broker.clientId}.state`

/** @throws UsageError, DataDirError */
export const openReceipts = async (
  given: Arguments,
  { settings, shared, adapter, closing }: Pushing,
): Promise<RunningReceipts | null> => {
  const { receipts } = settings
  if (receipts === null) return null
  const key = await openKey(receipts.keyFile)
  closing.push(() => key.close())
  const followed = await openFollowedLog(given, {
    shared,
    setting: MQTT.receiptKey.key,
    group: "receipts-mqtt",
    place: stateDir(given, settings),
    closing,
  })
  const running = await startReceipts({
    ...followed,
    issuer: key.did,
    sign: (claims) => signClaimsWith(claims, key, { kid: key.kid, typ: RECEIPT_TYPE }),
    topic: receipts.topic,
    perSecond: receipts.perSecond,
    publish: adapter.publish,
    onProblem: complainOf,
  })
  closing.push(running.stop)
  return running
}

/** @throws UsageError, DataDirError */
export const openPassportPush = async (
  given: Arguments,
  { settings, shared, adapter, closing }: Pushing,
): Promise<void> => {
  const { passports } = settings
  if (passports === null) return
  const followed = await openFollowedLog(given, {
    shared,
    setting: MQTT.passports.key,
    group: "passport-push-mqtt",
    place: join(stateDir(given, settings), "passports"),
    closing,
  })
  const running = await startPassportPush({
    ...followed,
    topic: passports,
    publish: (topic, payload) => adapter.publish(topic, payload, true),
    onProblem: complainOf,
  })
  closing.push(running.stop)
}

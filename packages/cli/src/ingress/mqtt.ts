/** `assay ingress mqtt`: an adapter as a process, from the environment to its end. */
import { limitRepeats } from "@assay/consumer"
import { challengesFrom, type RunningServer } from "@assay/ingress"
import {
  type AdapterStatus,
  type LostCode,
  type MqttAdapter,
  type MqttSettings,
  type ReceiptCounts,
  type RunningReceipts,
  readMqtt,
  startMqtt,
} from "@assay/ingress/mqtt"
import { MQTT, processEnvironment, refuseUnknownSettings } from "@assay/settings"
import { Metrics } from "@assay/telemetry"
import { nodeUrl, tokenOf } from "../client.ts"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { complain, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { serveHealth } from "./health.ts"
import { openPassportPush, openReceipts } from "./pushes.ts"
import { openWay, type Way } from "./way.ts"

/** The same is not said again within this time. */
const REPEAT_MS = 60_000

/** What `GET /v1/ingress` of such an adapter answers. */
export interface MqttStatus extends AdapterStatus {
  readonly binding: "mqtt"
  readonly broker: string
  readonly clientId: string
  readonly share: string | null
  readonly topics: ReadonlyArray<string>
  /** Where messages go. */
  readonly target: string
  readonly receipts: ReceiptCounts | null
}

const LOST: Readonly<Record<LostCode, string>> = {
  topic: "it fits no topic template, or holds no DID where the template says {device}",
  retained: `the broker had retained it, and ${MQTT.retained.key} says to ignore such`,
  empty: "there is no message in it",
  too_large: "it holds a message of more than 1 MiB",
  too_many: "it holds more than 256 lines",
  quota: "its sender is far above its quota, and half of what may wait waits for quotas already",
}

const statusOf = (
  { broker }: MqttSettings,
  way: Way,
  adapter: MqttAdapter,
  receipts: () => RunningReceipts | null,
): MqttStatus => ({
  binding: "mqtt",
  broker: broker.url.href,
  clientId: broker.clientId,
  share: broker.share,
  topics: broker.templates.map(({ text }) => text),
  target: way.target,
  ...adapter.status(),
  receipts: receipts()?.counts() ?? null,
})

const observe = (metrics: Metrics, status: () => MqttStatus): void => {
  metrics.registry.onCollect(() => {
    const now = status()
    metrics.observeAdapter("mqtt", { ...now, up: now.connection === "subscribed" ? 1 : 0 })
    if (now.receipts !== null) metrics.observeReceipts(now.receipts)
    if (now.challenges !== null) metrics.observeChallenges(now.challenges)
  })
}

/** The node that makes challenges, where devices can ask for them. On Kafka too: the adapter has no key for it. */
const challengesOf = async (given: Arguments, { broker }: MqttSettings) => {
  if (broker.challenges === null) return {}
  return { challenges: challengesFrom({ url: nodeUrl(given), token: await tokenOf(given) }) }
}

/** @throws ConfigurationError, UsageError, LogSetupError: nothing stays open */
export const runMqtt = async (given: Arguments, output: Output): Promise<ExitCode> => {
  refuseUnknownSettings(processEnvironment())
  const settings = readMqtt(processEnvironment())
  const place = { host: given.required("host"), port: given.whole("port", 0, 65_535) }
  const stop = listenForStop()
  const closing: Array<() => Promise<void>> = []
  const report = limitRepeats(complain, REPEAT_MS)
  try {
    const metrics = new Metrics()
    const roles = [
      "ingress",
      ...(settings.receipts === null ? [] : ["receipts"]),
      ...(settings.passports === null ? [] : ["passport-push"]),
    ]
    const way = await openWay(given, roles, metrics)
    closing.push(way.close)
    const adapter = startMqtt({
      broker: settings.broker,
      ingress: way.ingress,
      ...(await challengesOf(given, settings)),
      onProblem: (what) => report(what, null),
      onLost: (code, topic) => report(`a publication on ${topic} was not taken (${code}): ${LOST[code]}`, null),
    })
    closing.push(adapter.stop)
    let receipts: RunningReceipts | null = null
    const status = (): MqttStatus => statusOf(settings, way, adapter, () => receipts)
    observe(metrics, status)
    const server: RunningServer = await serveHealth(place, status, adapter.notReady, metrics)
    closing.push(server.close)
    const pushing = { settings, shared: way.log, adapter, closing }
    receipts = await openReceipts(given, pushing)
    await openPassportPush(given, pushing)
    const { broker, topics, target } = status()
    output.result({ url: server.url, broker, topics, target }, () =>
      output.say(
        `assay ingress mqtt is ready: ${topics.join(", ")} of ${broker} goes to ${target}; health at ${server.url}`,
      ),
    )
    await stop.stopped
    return EXIT.ok
  } finally {
    stop.release()
    // What was opened last needs what was opened before it.
    for (const close of closing.toReversed()) await close()
  }
}

/** `assay ingress onem2m`: an adapter as a process, from the environment to its end. */
import { limitRepeats } from "@assay/consumer"
import { openState } from "@assay/egress"
import {
  type AdapterStatus,
  type Onem2mAdapter,
  type Onem2mSettings,
  openKnown,
  readOnem2m,
  startOnem2m,
  type WriteBackCounts,
} from "@assay/ingress/onem2m"
import { processEnvironment, refuseUnknownSettings } from "@assay/settings"
import { Metrics } from "@assay/telemetry"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { complain, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { serveHealth } from "./health.ts"
import { openLogForBack, startBack } from "./onem2m-back.ts"
import { openWay, type Way } from "./way.ts"

/** The same is not said again within this time. */
const REPEAT_MS = 60_000

/** What `GET /v1/ingress` of such an adapter answers. */
export interface Onem2mStatus extends AdapterStatus {
  readonly binding: "onem2m"
  readonly cse: string
  readonly cseBase: string
  readonly aeId: string
  readonly label: string
  readonly notified: Onem2mSettings["notified"]["by"]
  /** Where messages go. */
  readonly target: string
  /** Null: nothing is written back. */
  readonly writtenBack: WriteBackCounts | null
}

const statusOf = (
  settings: Onem2mSettings,
  way: Way,
  adapter: Onem2mAdapter,
  writtenBack: WriteBackCounts | null,
): Onem2mStatus => ({
  binding: "onem2m",
  cse: settings.url.href,
  cseBase: settings.cseBase,
  aeId: settings.aeId,
  label: settings.label,
  notified: settings.notified.by,
  target: way.target,
  ...adapter.status(),
  writtenBack,
})

const observe = (metrics: Metrics, status: () => Onem2mStatus): void => {
  metrics.registry.onCollect(() => {
    const now = status()
    metrics.observeAdapter("onem2m", { ...now, up: now.connection === "subscribed" ? 1 : 0 })
    metrics.observeCse(now)
  })
}

/** @throws ConfigurationError, UsageError, LogSetupError: nothing stays open */
export const runOnem2m = async (given: Arguments, output: Output): Promise<ExitCode> => {
  refuseUnknownSettings(processEnvironment())
  const settings = readOnem2m(processEnvironment())
  const place = { host: given.required("host"), port: given.whole("port", 0, 65_535) }
  const stop = listenForStop()
  const closing: Array<() => Promise<void>> = []
  const report = limitRepeats((what) => complain(what), REPEAT_MS)
  try {
    const metrics = new Metrics()
    const roles = ["ingress", ...(settings.applications === null ? [] : ["write-back"])]
    const way = await openWay(given, roles, metrics)
    closing.push(way.close)
    const back = await openLogForBack(given, settings, way)
    if (back !== null) closing.push(back.close)
    const dir = given.text("state") ?? `${settings.aeId}.state`
    const state = openState(dir)
    closing.push(async () => state.release())
    const known = openKnown(dir)
    closing.push(async () => known.close())
    const adapter = await startOnem2m({
      settings,
      ingress: way.ingress,
      known,
      onProblem: (what) => report(what, null),
    })
    closing.push(adapter.stop)
    const running = back === null ? null : startBack(back, settings, adapter, (what) => report(what, null))
    if (running !== null) closing.push(running.stop)
    const status = (): Onem2mStatus => statusOf(settings, way, adapter, running?.counts() ?? null)
    observe(metrics, status)
    const server = await serveHealth(place, status, adapter.notReady, metrics)
    closing.push(server.close)
    const { cse, label, target } = status()
    output.result({ url: server.url, cse, label, target }, () =>
      output.say(
        `assay ingress onem2m is ready: containers labelled ${label} of ${cse} go to ${target}; health at ${server.url}`,
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

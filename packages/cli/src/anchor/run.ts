/** `assay anchor run`: brings the checkpoints of all partitions into the anchor log, and writes its head to the chain. */
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { Anchoring, AnchorLog, type Round } from "@assay/anchor"
import type { Log } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { processEnvironment } from "@assay/settings"
import { readCosigned, readPublished, writeCosigned } from "@assay/transparency/storage"
import { startCosigning } from "@assay/witness"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { metricsPortOf, observed } from "../observed.ts"
import { openForReading, requiredDataDir } from "../open-log.ts"
import { complain, complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { policyIn } from "../verifier-keys.ts"
import { identitiesOf } from "./identities.ts"
import { openAnchors } from "./open-anchors.ts"
import { partitionsOfAll } from "./partitions.ts"
import { problemTeller } from "./problems.ts"
import { readAnchorSettings } from "./settings.ts"
import { ShownAnchoring } from "./shown.ts"
import { openAnchorKey } from "./state.ts"

/** Between two rounds in which witnesses are asked. */
const WITNESS_MS = 10_000

/** Null where the call names no witnesses. */
type Cosigning = ReturnType<typeof startCosigning> | null

/** The anchor log's heads, cosigned by the witnesses of a policy. @throws UsageError */
const cosigned = (given: Arguments, log: AnchorLog): Cosigning => {
  const policy = given.text("witness-policy")
  if (policy === null) return null
  const { directory, key, tiles } = log
  return startCosigning({
    logs: [
      {
        key,
        tiles,
        published: () => readPublished(directory),
        kept: () => readCosigned(directory),
        keep: (note) => writeCosigned(directory, note),
      },
    ],
    policy: policyIn(policy),
    intervalMs: WITNESS_MS,
    onProblem: (text) => complain(`witness: ${text}`),
  })
}

const textOf = ({ size, grew, anchors }: Round): string => {
  const places = anchors.map(({ name, confirmed, pending }) =>
    pending === null ? `${name}: ${confirmed}` : `${name}: ${confirmed}, and ${pending.size} ${pending.text}`,
  )
  return [`the anchor log has ${size} leaves${grew > 0 ? `, ${grew} of them new` : ""}`, ...places].join("; ")
}

const once = async (anchoring: Anchoring, cosigning: Cosigning, output: Output): Promise<ExitCode> => {
  const round = await anchoring.round()
  await cosigning?.round()
  await cosigning?.stop()
  const problems = [...round.problems, ...round.anchors.flatMap(({ problem }) => problem?.text ?? [])]
  output.result(round, () => {
    output.say(textOf(round))
    for (const problem of problems) output.say(`${output.colour("ALARM", "red")}: ${problem}`)
  })
  return problems.length === 0 ? EXIT.ok : EXIT.failed
}

interface Running {
  readonly anchoring: Anchoring
  readonly cosigning: Cosigning
  readonly intervalMs: number
  /** Of `observed`. */
  readonly metricsPort: number | null
  /** Between two rounds. */
  readonly pollMs: number
  /** What it reads devices and firmware from; null where neither is anchored. */
  readonly states: Log | null
  readonly signal: AbortSignal
}

/** Until it is stopped, with what it shows of itself. */
const goOn = async (
  given: Arguments,
  output: Output,
  { anchoring, cosigning, intervalMs, metricsPort, pollMs, states, signal }: Running,
): Promise<ExitCode> => {
  const shown = new ShownAnchoring({ intervalMs, cosignatures: () => cosigning?.counted() ?? null })
  const notReady = (): string | null => shown.notReady()
  try {
    const { metrics, stop } = await observed("assay-anchor", states, metricsPort, {
      host: given.required("host"),
      notReady,
    })
    const forget = metrics.registry.onCollect(() => {
      metrics.observeAnchoring(shown.state())
      metrics.observeReady(notReady() === null)
    })
    try {
      await rounds(anchoring, shown, pollMs, signal, output)
    } finally {
      forget()
      await stop()
    }
    return EXIT.ok
  } finally {
    await cosigning?.stop()
  }
}

export const runAnchoring = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const settings = readAnchorSettings()
  const [metricsPort, pollMs] = [metricsPortOf(given), given.whole("poll", 1, 3_600) * 1000]
  const data = requiredDataDir(given, readLogConfiguration(processEnvironment()))
  const dir = given.required("state")
  const sites = (given.text("sites") ?? "").split(",").filter((site) => site !== "")
  const logs = partitionsOfAll([data, ...sites])
  const key = await openAnchorKey(dir, given.text("name"), settings.logKey)
  const stop = listenForStop()
  let release = (): void => undefined
  let states: Log | null = null
  try {
    release = lockDir(dir)
    const log = await AnchorLog.open(join(dir, "log"), key.key)
    const anchors = await openAnchors(settings, dir, log)
    const { intervalMs } = settings
    const devices = given.flag("identities")
    const roots = given.flag("firmware") ? readRoots(given.required("roots"), data) : null
    states = devices || roots !== null ? await openForReading(given, { roles: ["anchor"] }) : null
    const anchoring = await Anchoring.open({
      log,
      signer: key.signer,
      logs,
      anchors,
      intervalMs,
      ...(states === null ? {} : { identities: identitiesOf(states, dir, { devices, roots }) }),
    })
    const cosigning = cosigned(given, log)
    if (given.flag("once")) return await once(anchoring, cosigning, output)
    const names = anchors.map(({ name }) => name)
    output.result({ log: key.key.name, logs: logs.map(({ origin }) => origin), anchors: names }, () =>
      output.say(
        `anchoring ${logs.length} logs in ${key.key.name}, at ${names.join(", ") || "no place: none is configured"}`,
      ),
    )
    return await goOn(given, output, {
      anchoring,
      cosigning,
      intervalMs,
      metricsPort,
      pollMs,
      states,
      signal: stop.signal,
    })
  } finally {
    stop.release()
    await states?.close()
    release()
    await key.close()
  }
}

const rounds = async (
  anchoring: Anchoring,
  shown: ShownAnchoring,
  pollMs: number,
  signal: AbortSignal,
  output: Output,
): Promise<void> => {
  const tell = problemTeller(complain)
  let before = ""
  while (!signal.aborted) {
    try {
      const round = await anchoring.round()
      shown.done(round)
      tell(round)
      const text = textOf(round)
      if (text !== before && !output.json) complain(text)
      before = text
    } catch (cause) {
      // The own disk, or the signer: nothing is lost, and the next round tries again.
      shown.failed(cause)
      complainOf("a round failed", cause)
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

/** `assay anchor run`: brings the checkpoints of all partitions into the anchor log, and writes its head to the chain. */
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { type Anchor, Anchoring, AnchorLog, type Round, whenReachable } from "@assay/anchor"
import { EvmAnchor, RpcError } from "@assay/anchor/evm"
import { OtsAnchor } from "@assay/anchor/opentimestamps"
import type { Log } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { ANCHOR, ConfigurationError, processEnvironment } from "@assay/settings"
import { readCosigned, readPublished, writeCosigned } from "@assay/transparency/storage"
import { startCosigning } from "@assay/witness"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { openForReading, requiredDataDir } from "../open-log.ts"
import { complain, complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { policyIn } from "../verifier-keys.ts"
import { identitiesOf } from "./identities.ts"
import { partitionsOfAll } from "./partitions.ts"
import { type AnchorSettings, readAnchorSettings } from "./settings.ts"
import { evmDirectory, openAnchorKey, otsDirectory } from "./state.ts"

/** A chain whose newest block is so old stands still. */
const STALL_MS = 600_000
/** Between two rounds in which witnesses are asked. */
const WITNESS_MS = 10_000
/** What is said again while it lasts. */
const REPEAT_MS = 600_000

const openEvm = (settings: AnchorSettings, dir: string, log: AnchorLog): Promise<Anchor> | null => {
  const { evm, confirmations, maxFeePerGas, raiseAfterMs } = settings
  if (evm === null) return null
  const { contract, ...chain } = evm
  if (contract === null)
    throw new ConfigurationError(
      `configuration: ${ANCHOR.contract.key} is missing: assay anchor deploy makes the contract, once`,
    )
  const common = { confirmations, maxFeePerGas, raiseAfterMs, stallMs: STALL_MS }
  const options = { ...chain, ...common, contract, log: log.key, history: log, directory: evmDirectory(dir) }
  return whenReachable(
    `evm-${contract}`,
    () => EvmAnchor.open(options),
    (cause) => cause instanceof RpcError,
  )
}

/** Those that are configured. */
const openAnchors = async (settings: AnchorSettings, dir: string, log: AnchorLog): Promise<ReadonlyArray<Anchor>> => {
  const { calendars, intervalMs } = settings
  const evm = await openEvm(settings, dir, log)
  const ots =
    calendars.length === 0
      ? []
      : [await OtsAnchor.open({ calendars, directory: otsDirectory(dir), intervalMs, askMs: intervalMs })]
  return [...(evm === null ? [] : [evm]), ...ots]
}

/** The anchor log's heads, cosigned by the witnesses of a policy; null where the call names none. @throws UsageError */
const cosigned = (given: Arguments, log: AnchorLog): ReturnType<typeof startCosigning> | null => {
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

/** Each problem when it begins, now and then while it lasts, and when it is over. */
const problemTeller = (): ((round: Round) => void) => {
  const said = new Map<string, number>()
  return ({ anchors, problems }) => {
    const texts = [
      ...problems,
      ...anchors.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem.text}`])),
    ]
    const now = Date.now()
    for (const text of texts) {
      if (now - (said.get(text) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue
      said.set(text, now)
      complain(`ALARM: ${text}`)
    }
    for (const text of said.keys()) if (!texts.includes(text)) said.delete(text)
  }
}

const textOf = ({ size, grew, anchors }: Round): string => {
  const places = anchors.map(({ name, confirmed, pending }) =>
    pending === null ? `${name}: ${confirmed}` : `${name}: ${confirmed}, and ${pending.size} ${pending.text}`,
  )
  return [`the anchor log has ${size} leaves${grew > 0 ? `, ${grew} of them new` : ""}`, ...places].join("; ")
}

export const runAnchoring = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const settings = readAnchorSettings()
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
    states = devices || roots !== null ? await openForReading(given) : null
    const anchoring = await Anchoring.open({
      log,
      signer: key.signer,
      logs,
      anchors,
      intervalMs,
      ...(states === null ? {} : { identities: identitiesOf(states, dir, { devices, roots }) }),
    })
    const cosigning = cosigned(given, log)
    if (given.flag("once")) {
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
    const names = anchors.map(({ name }) => name)
    output.result({ log: key.key.name, logs: logs.map(({ origin }) => origin), anchors: names }, () =>
      output.say(
        `anchoring ${logs.length} logs in ${key.key.name}, at ${names.join(", ") || "no place: none is configured"}`,
      ),
    )
    try {
      await rounds(anchoring, given.whole("poll", 1, 3_600) * 1000, stop.signal, output)
    } finally {
      await cosigning?.stop()
    }
    return EXIT.ok
  } finally {
    stop.release()
    await states?.close()
    release()
    await key.close()
  }
}

const rounds = async (anchoring: Anchoring, pollMs: number, signal: AbortSignal, output: Output): Promise<void> => {
  const tell = problemTeller()
  let before = ""
  while (!signal.aborted) {
    try {
      const round = await anchoring.round()
      tell(round)
      const text = textOf(round)
      if (text !== before && !output.json) complain(text)
      before = text
    } catch (cause) {
      // The own disk, or the signer: nothing is lost, and the next round tries again.
      complainOf("a round failed", cause)
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

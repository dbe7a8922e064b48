/** `assay registry serve`: answers others by TRQP 2.0 from our trust bundle. It reads, and changes nothing. */
import { setTimeout as delay } from "node:timers/promises"
import { type Route, type RunningServer, readBody, readTls, startServer } from "@assay/ingress"
import { BUNDLE, KINDS } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { itemKey, type RootSet, type TrustBundle } from "@assay/trust"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { InForceFold } from "../knowledge-in-force.ts"
import { dataDirOf, openForReading } from "../open-log.ts"
import { complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { answerTo, isProblem, type Query } from "./answer.ts"
import { bundleOf } from "./query.ts"

const MAX_QUESTION = 16 << 10
/** How often it is looked whether another bundle is in force. */
const LOOK_MS = 10_000

interface Source {
  readonly bundle: () => TrustBundle
  readonly close: () => Promise<void>
}

const bundleInLog = async (given: Arguments): Promise<Source> => {
  const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
  return followBundle(await openForReading(given, { streams: [STREAMS.audit, STREAMS.knowledge] }), roots)
}

/**
 * Of a log: looked up anew from time to time, since a running deployment activates bundles.
 * @param log closed by `close`, and where the first look finds no bundle
 * @throws UsageError where none is in force
 */
export const followBundle = async (log: Log, roots: RootSet): Promise<Source> => {
  // One fold for all looks: each reads on from where the last one ended, and none begins before that is over.
  const fold = new InForceFold(log, 0, roots, KINDS)
  const look = async (): Promise<TrustBundle> => {
    const found = (await fold.advance()).get(itemKey(BUNDLE.name, ""))
    if (found === undefined) throw new UsageError("no trust bundle is in force in this log")
    if ("broken" in found) throw new UsageError(`the trust bundle in force cannot be read: ${found.broken}`)
    return found.body as TrustBundle
  }
  let now = await look().catch(async (cause: unknown) => {
    await log.close()
    throw cause
  })
  const stop = new AbortController()
  const rest = (): Promise<boolean> => delay(LOOK_MS, true, { signal: stop.signal }).catch(() => false)
  const lookOn = async (): Promise<void> => {
    while (await rest())
      try {
        now = await look()
      } catch (cause) {
        complainOf("the bundle in force is not known", cause)
      }
  }
  const looking = lookOn()
  return {
    bundle: () => now,
    close: async () => {
      stop.abort()
      await looking
      await log.close()
    },
  }
}

/** @param bundle in force @param authority of ours; null: the trust domain of the bundle */
export const trqpRoutes = (bundle: () => TrustBundle, authority: string | null): ReadonlyArray<Route> =>
  (["authorization", "recognition"] as const).map((query: Query) => ({
    method: "POST",
    path: `/${query}`,
    right: null,
    handle: async ({ incoming }) => {
      const held = bundle()
      const served = { authority: authority ?? held.trustDomain, bundle: held, now: Date.now() }
      const answer = answerTo(query, await readBody(incoming, MAX_QUESTION), served)
      return isProblem(answer)
        ? {
            status: answer.status,
            type: "application/problem+json",
            body: JSON.stringify({ type: "about:blank", ...answer }),
          }
        : { status: 200, body: answer, headers: { "cache-control": "no-store" } }
    },
  }))

export const serve = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const file = given.text("bundle")
  const read = file === null ? null : bundleOf(given)
  const source = read === null ? await bundleInLog(given) : { bundle: () => read, close: async () => undefined }
  const stop = listenForStop()
  let server: RunningServer | null = null
  try {
    server = await startServer({
      host: given.required("host"),
      port: given.whole("listen", 0, 65_535),
      access: { tokens: [], certificates: [], open: false },
      tls: readTls({ tlsCert: given.text("tls-cert"), tlsKey: given.text("tls-key"), tlsCa: null, tlsRights: "" }),
      routes: trqpRoutes(source.bundle, given.text("authority")),
      onRefused: () => undefined,
      onProblem: (cause) => complainOf("a call failed", cause),
    })
    output.progress(
      `${given.text("authority") ?? source.bundle().trustDomain} answers at ${server.url}; stop it with an interrupt`,
    )
    await stop.stopped
    return EXIT.ok
  } finally {
    stop.release()
    await server?.close()
    await source.close()
  }
}

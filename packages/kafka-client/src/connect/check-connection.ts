/** Whether the brokers can be reached and let us in, asked once before anything else; bounded in time. */
import { connect as connectPlain, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { connect as connectTls } from "node:tls"
import { LogSetupError, UnavailableError } from "@assay/log"
import { Cluster } from "../cluster/cluster.ts"
import { fetchMetadata } from "../cluster/metadata.ts"
import { kafkaClient } from "./client.ts"
import { connectionProblem, plainText, silence, silentBroker } from "./problem.ts"
import type { KafkaSettings } from "./settings.ts"

/** Long enough for a broker that is just being restarted, short enough for somebody who waits. */
const REACH_MS = 8_000
const SNIFF_MS = 1_500

/** Whether a socket becomes ready before the time is over. */
const becomes = (socket: Socket, ready: "connect" | "secureConnect"): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(SNIFF_MS, () => end(false))
    socket.once(ready, () => end(true))
    socket.once("error", () => end(false))
    socket.once("close", () => end(false))
  })

/** What listens there, as far as a stranger can tell without sending anything of ours. */
const sniff = async (broker: string): Promise<"nothing" | "tls" | "plain"> => {
  const colon = broker.lastIndexOf(":")
  const at = { host: broker.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(broker.slice(colon + 1)) }
  if (!(await becomes(connectPlain(at), "connect"))) return "nothing"
  // No name is checked and no byte of ours sent: only whether TLS is spoken counts.
  const tls = await becomes(connectTls({ ...at, rejectUnauthorized: false }), "secureConnect")
  return tls ? "tls" : "plain"
}

/** As `connectionProblem`, and where the broker says nothing of itself, it is looked at. */
export const diagnose = async (error: unknown, settings: KafkaSettings): Promise<LogSetupError | null> => {
  const problem = connectionProblem(error, settings)
  const silent = silentBroker(error, settings)
  if (problem === null || silent === null) return problem
  const found = await sniff(silent)
  if (settings.tls !== null) return found === "plain" ? new LogSetupError(plainText(silent), { cause: error }) : problem
  if (found === "nothing")
    return new LogSetupError(`nobody answers at ${silent}: start the broker, or correct KAFKA_BROKERS`, {
      cause: error,
    })
  if (found === "tls")
    return new LogSetupError(`${silent} speaks TLS, and we do not: set KAFKA_TLS=true`, { cause: error })
  return silence(silent, settings, false, error)
}

/**
 * One request to the cluster; what is said back does not matter.
 * @param topic the one that is asked about; it need not exist, nor be for this principal to see
 * @throws LogSetupError that names the setting, within about ten seconds
 */
export const reachBrokers = async (settings: KafkaSettings, topic: string, withinMs = REACH_MS): Promise<void> => {
  const cluster = new Cluster(kafkaClient(settings), 0)
  const over = new AbortController()
  const tooLate = delay(withinMs, undefined, { signal: over.signal }).then(() => {
    const silence = Object.assign(new Error("no answer"), { name: "KafkaJSRequestTimeoutError" })
    throw new UnavailableError(`no broker of ${settings.brokers.join(", ")} answered within ${withinMs / 1000} s`, {
      cause: silence,
    })
  })
  const asked = fetchMetadata(cluster, [topic])
  asked.catch(() => undefined) // may reject after the time is over
  tooLate.catch(() => undefined)
  try {
    await Promise.race([asked, tooLate])
  } catch (cause) {
    throw (await diagnose(cause, settings)) ?? cause
  } finally {
    over.abort()
    void cluster.close().catch(() => undefined) // waits for requests that nobody answers
  }
}

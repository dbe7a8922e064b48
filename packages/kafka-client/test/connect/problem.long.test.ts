/** What keeps us from real brokers: wrong places, wrong credentials, TLS on one side only. Each names the setting. */

import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, nodeLayouts, portsOf, startCluster } from "@assay/infra/kafka"
import { LogSetupError, UnavailableError } from "@assay/log"
import { describeBroker, describeKafka, testCluster } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import * as Redacted from "effect/Redacted"
import kafkajs from "kafkajs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { reachBrokers } from "../../src/connect/check-connection.ts"
import { connectionProblem } from "../../src/connect/problem.ts"
import type { KafkaSettings } from "../../src/connect/settings.ts"

/** What an operator may be kept waiting. */
const PATIENCE_MS = 12_000
/** Which need not be there. */
const TOPIC = "any"

/** What is said, and that it is said in time. */
const problemOf = async (settings: KafkaSettings): Promise<string> => {
  const started = performance.now()
  const cause = await reachBrokers(settings, TOPIC).then(
    () => new Error("the brokers were reached"),
    (rejected: Error) => rejected,
  )
  expect(performance.now() - started).toBeLessThan(PATIENCE_MS)
  expect(cause).toBeInstanceOf(LogSetupError)
  return cause.message
}

const settings = (brokers: ReadonlyArray<string>, more: Partial<KafkaSettings> = {}): KafkaSettings => ({
  ...KAFKA_DEFAULTS,
  brokers,
  allowInsecure: true,
  ...more,
})

describe("without a broker", () => {
  const servers: Array<Server> = []
  const listen = async (onConnection: (end: () => void) => void): Promise<string> => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      onConnection(() => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    })
    servers.push(server)
    const port = await freePorts(1)
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
    return `127.0.0.1:${port}`
  }
  afterAll(() => {
    for (const server of servers) server.close()
  })

  it("says that nobody listens", async () => {
    const broker = `127.0.0.1:${await freePorts(1)}`
    expect(await problemOf(settings([broker]))).toBe(
      `nobody listens at ${broker}: start the broker, or correct KAFKA_BROKERS`,
    )
  })

  it("says that a host has no address", async () => {
    const said = await problemOf(settings(["broker.invalid:9092"]))
    expect(said).toMatch(/the host of broker\.invalid:9092 has no address .*KAFKA_BROKERS/)
  })

  it("says that what listens is perhaps no broker, where it hangs up", async () => {
    const broker = await listen((end) => end())
    expect(await problemOf(settings([broker]))).toMatch(`${broker} takes connections and does not answer`)
  })

  it("does not wait for ever for what never answers", async () => {
    const broker = await listen(() => undefined)
    expect(await problemOf(settings([broker]))).toMatch(/takes connections and does not answer.*KAFKA_BROKERS/)
  })

  it("refuses settings that are not safe, before anybody is asked", async () => {
    const said = await problemOf(settings(["broker.invalid:9092"], { allowInsecure: false }))
    expect(said).toMatch(/KAFKA_BROKERS.*KAFKA_SASL_MECHANISM/)
  })
})

describeKafka("a broker in plain text", () => {
  let brokers: ReadonlyArray<string>
  beforeAll(async () => {
    brokers = (await testCluster()).client.brokers as Array<string>
  }, 120_000)

  it("is reached, also where another of the list is away", async () => {
    await reachBrokers(settings(brokers), TOPIC)
    await reachBrokers(settings([`127.0.0.1:${await freePorts(1)}`, ...brokers]), TOPIC)
  })

  it("is said not to speak TLS", async () => {
    const said = await problemOf(settings(brokers, { tls: { ca: null, cert: null, key: null } }))
    expect(said).toMatch(/does not speak TLS.*KAFKA_BROKERS, or unset KAFKA_TLS/)
  })

  it("is said to take no authentication", async () => {
    const sasl = { mechanism: "plain", username: "u", password: Redacted.make("p") } as const
    expect(await problemOf(settings(brokers, { sasl }))).toMatch(/take no authentication.*KAFKA_SASL_MECHANISM/)
  })
})

describeBroker("a secure broker", () => {
  let dataDir: string
  let cluster: Cluster
  let good: KafkaSettings
  const mutualTls = (): string => {
    const layout = { dataDir, clusterId: "", nodes: 1, basePort: 0, heap: "", secure: true } as const
    const basePort = Number(cluster.brokers[0]!.split(":")[1])
    return `127.0.0.1:${nodeLayouts({ ...layout, basePort })[0]!.replicationPort}`
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "assay-problem-"))
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    cluster = await startCluster({ dataDir, basePort, secure: true, users: ["alice"], tied: true, heap: "384m" })
    const [ca] = (cluster.client.ssl as { ca: Array<string> }).ca
    const tls = { ca: ca!, cert: null, key: null }
    const sasl = {
      mechanism: "scram-sha-512",
      username: "alice",
      password: Redacted.make(cluster.users["alice"]!),
    } as const
    good = { ...KAFKA_DEFAULTS, brokers: cluster.brokers, tls, sasl }
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
  })

  it("is reached by a user without any right", async () => {
    await reachBrokers(good, TOPIC)
  })

  it("is said to refuse a wrong password, and one who is not there; the password itself is not shown", async () => {
    const wrong = { ...good.sasl!, password: Redacted.make("not-the-password") }
    const said = await problemOf({ ...good, sasl: wrong })
    expect(said).toMatch(/refuse KAFKA_SASL_USERNAME alice: correct KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD/)
    expect(said).not.toContain("not-the-password")
    expect(await problemOf({ ...good, sasl: { ...wrong, username: "bob" } })).toMatch("KAFKA_SASL_USERNAME bob")
  })

  it("is said not to take another mechanism", async () => {
    const said = await problemOf({ ...good, sasl: { ...good.sasl!, mechanism: "scram-sha-256" } })
    expect(said).toMatch("KAFKA_SASL_MECHANISM scram-sha-256")
  })

  it("is said to want authentication", async () => {
    expect(await problemOf({ ...good, sasl: null, allowInsecure: true })).toMatch("KAFKA_SASL_MECHANISM")
  })

  it("is said to speak TLS", async () => {
    expect(await problemOf({ ...good, tls: null, allowInsecure: true })).toMatch(/speaks TLS.*KAFKA_TLS=true/)
  })

  it("is said to have a certificate that nobody we trust signed", async () => {
    const said = await problemOf({ ...good, tls: { ca: null, cert: null, key: null } })
    expect(said).toMatch(/not signed by an authority of this system: set KAFKA_TLS_CA/)
  })

  it("is said to want a client certificate", async () => {
    const said = await problemOf({ ...good, sasl: null, allowInsecure: true, brokers: [mutualTls()] })
    expect(said).toMatch(/wants a client certificate: set KAFKA_TLS_CERT and KAFKA_TLS_KEY/)
  })
})

describe("an error", () => {
  const { KafkaJSProtocolError, KafkaJSConnectionError } = kafkajs
  const own = settings(["127.0.0.1:9092"])
  const protocol = (type: string): Error => Object.assign(new KafkaJSProtocolError(type), { type }) as unknown as Error

  it("about rights names the principal and the command", () => {
    const sasl = { mechanism: "plain", username: "sealer", password: Redacted.make("p") } as const
    for (const type of [
      "TOPIC_AUTHORIZATION_FAILED",
      "GROUP_AUTHORIZATION_FAILED",
      "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
      "CLUSTER_AUTHORIZATION_FAILED",
    ]) {
      const said = connectionProblem(protocol(type), { ...own, sasl })?.message
      expect(said).toMatch(/KAFKA_SASL_USERNAME sealer has no right to .*assay topics apply --acls/)
    }
  })

  it("is found under what was made of it", () => {
    const refused = Object.assign(new KafkaJSConnectionError("connect ECONNREFUSED"), {
      code: "ECONNREFUSED",
      broker: "127.0.0.1:9092",
    })
    const wrapped = new UnavailableError("tried for 10 s", { cause: refused })
    expect(connectionProblem(wrapped, own)?.message).toMatch("nobody listens at 127.0.0.1:9092")
    expect(connectionProblem(wrapped, own)?.cause).toBe(wrapped)
  })

  it("about the name in a certificate points to the brokers' names", () => {
    const error = Object.assign(new KafkaJSConnectionError("Hostname/IP does not match certificate's altnames"), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      broker: "kafka:9093",
    })
    expect(connectionProblem(error, own)?.message).toMatch(
      /certificate of kafka:9093 is for another name.*KAFKA_BROKERS/,
    )
  })

  it("that is already text for people stays as it is", () => {
    const said = new LogSetupError("the topics are not there")
    expect(connectionProblem(said, own)).toBe(said)
  })

  it.each([
    ["of the brokers' own affairs", protocol("NOT_ENOUGH_REPLICAS")],
    ["of a leader that is being elected", new UnavailableError("away", { cause: protocol("LEADER_NOT_AVAILABLE") })],
    ["of the code", new TypeError("x is not a function")],
    ["that is none", "text"],
  ])("%s is left alone", (_, error) => {
    expect(connectionProblem(error, own)).toBeNull()
  })
})

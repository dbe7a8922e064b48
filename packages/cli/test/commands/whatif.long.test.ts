/** A principal with the role whatif, on a broker that refuses what nobody allowed: it derives traffic again, and changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { ForbiddenError } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { STREAMS } from "@assay/streams"
import { assay, type Done, type Node, startNode } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"

const STEP_MS = 300_000
const AUD = "https://plant.example/historian/1"
const NODE_ROLES = ["chained", "ingress", "operator", "sealer"]

describeBroker("the role whatif", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-whatif-role-"))
  let cluster: Cluster
  let node: Node
  let env: Record<string, string>
  const as = (user: string): Record<string, string> => ({
    ...env,
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD_FILE: user,
  })
  /** The settings that name files, by their whole paths: this process works elsewhere. */
  const withFiles = (settings: Record<string, string>): Record<string, string> => ({
    ...settings,
    KAFKA_TLS_CA: join(cwd, settings["KAFKA_TLS_CA"]!),
    KAFKA_SASL_PASSWORD_FILE: join(cwd, settings["KAFKA_SASL_PASSWORD_FILE"]!),
  })
  const call = (user: string, ...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd, env: as(user) })
  const whatif = (...args: ReadonlyArray<string>): Promise<Done> => call("whatif", ...args)

  beforeAll(async () => {
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    const users = ["node", "whatif"]
    cluster = await startCluster({
      dataDir: join(cwd, "kafka"),
      basePort,
      secure: true,
      users,
      tied: true,
      heap: "384m",
    })
    const [ca] = (cluster.client.ssl as { ca: Array<string> }).ca
    writeFileSync(join(cwd, "ca.pem"), ca!)
    for (const user of ["admin", ...users]) writeFileSync(join(cwd, user), cluster.users[user]!, { mode: 0o600 })
    env = {
      LOG: "kafka",
      KAFKA_BROKERS: cluster.brokers.join(","),
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: "ca.pem",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
    }
    const principals = [...NODE_ROLES.map((role) => `${role}=User:node`), "whatif=User:whatif"].join(",")
    const topics = ["--partitions", "1", "--replication", "1", "--acls", "--principals", principals]
    expect(await call("admin", "topics", "apply", ...topics)).toMatchObject({ code: 0 })
    expect(await assay(["init", "plant"], { cwd })).toMatchObject({ code: 0 })
    const args = ["--topology", "chained", "--data", "seal", "--roots", "plant/roots.json"]
    node = await startNode(args, { cwd, env: as("node") })
    const wait = ["--wait", "--timeout", "240", "--url", node.url]
    for (const item of ["bundle", "policy"])
      expect(
        await assay([item, "activate", `plant/${item}.dsse`, "--roots", "plant/roots.json", ...wait], { cwd }),
      ).toMatchObject({ code: 0 })
    expect(await assay(["keygen", "--out", "stranger.json"], { cwd })).toMatchObject({ code: 0 })
    const reading = ["--name", "pump/flow", "--value", "1"]
    const signed = await assay(["sign", "--key", "stranger.json", "--aud", AUD, ...reading], { cwd })
    const sent = await assay(["submit", "-", "--url", node.url], { cwd, input: signed.out })
    expect(sent).toMatchObject({ code: 0 })
  }, STEP_MS)
  afterAll(async () => {
    await node?.stop("SIGTERM")
    await cluster?.stop()
    rmSync(cwd, { recursive: true, force: true })
  }, STEP_MS)

  const derive = (...more: ReadonlyArray<string>): Promise<Done> =>
    whatif("whatif", "--policy", "plant/policy.yaml", "--roots", "plant/roots.json", "--json", ...more)

  it("derives what was submitted, and finds nothing newly denied", { timeout: STEP_MS }, async () => {
    await vi.waitFor(
      async () => {
        const done = await derive()
        expect(done, done.err).toMatchObject({ code: 0 })
        expect(JSON.parse(done.out)).toMatchObject({
          compared: 1,
          denied: { messages: 0 },
          notDerived: { messages: 0 },
        })
      },
      { timeout: 120_000, interval: 500 },
    )
  })

  it("may write to no stream, and reads no decided message", { timeout: STEP_MS }, async () => {
    for (const stream of ["quarantined", "verified", "checkpoints"])
      expect((await whatif("tail", stream, "--from", "0", "--no-follow")).err, stream).toMatch(
        /may not (see|read) .*with assay topics apply/,
      )
    const producer = await openLog(readLogConfiguration(withFiles(as("whatif"))), null, {
      streams: [STREAMS.submitted],
    })
    try {
      await expect(
        producer.append({ stream: STREAMS.submitted, partition: 0 }, [
          { key: Buffer.alloc(0), value: Buffer.from("x") },
        ]),
      ).rejects.toThrow(ForbiddenError)
    } finally {
      await producer.close()
    }
  })
})

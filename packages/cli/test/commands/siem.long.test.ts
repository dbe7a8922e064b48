/** A principal with the role siem, on a broker that refuses what nobody allowed: it explains every block, and sees no more. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { assay, type Done, type Node, startNode } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"

const STEP_MS = 300_000
const AUD = "https://plant.example/historian/1"
const NODE_ROLES = ["chained", "ingress", "operator", "sealer"]

describeBroker("the role siem", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-siem-"))
  let cluster: Cluster
  let node: Node
  let env: Record<string, string>
  let origin = ""
  const as = (user: string): Record<string, string> => ({
    ...env,
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD_FILE: user,
  })
  const call = (user: string, ...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd, env: as(user) })
  const siem = (...args: ReadonlyArray<string>): Promise<Done> => call("siem", ...args)

  beforeAll(async () => {
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    const users = ["node", "siem"]
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
    const principals = [...NODE_ROLES.map((role) => `${role}=User:node`), "siem=User:siem"].join(",")
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
    origin = sent.out.trim()
  }, STEP_MS)
  afterAll(async () => {
    await node?.stop("SIGTERM")
    await cluster?.stop()
    rmSync(cwd, { recursive: true, force: true })
  }, STEP_MS)

  it("explains a block, tails and exports it", { timeout: STEP_MS }, async () => {
    await vi.waitFor(async () => expect(await siem("explain", origin)).toMatchObject({ code: 0 }), {
      timeout: 120_000,
      interval: 500,
    })
    const explained = await siem("explain", origin)
    expect(explained.out).toContain("credential.missing (fail, about the device)")
    expect(explained.out).toContain("to do: Let the device show its credential")
    for (const stream of ["quarantined", "rejected", "undecided", "deadletter", "audit", "checkpoints", "verified"])
      expect(await siem("tail", stream, "--from", "0", "--no-follow"), stream).toMatchObject({ code: 0, err: "" })
    const rows = await siem("export", "--outcome", "quarantined,rejected")
    expect(rows).toMatchObject({ code: 0 })
    expect(rows.out).toContain("credential.missing")
  })

  it("proves and verifies it, with a copy of the sealed log", { timeout: STEP_MS }, async () => {
    await vi.waitFor(
      async () =>
        expect(await siem("prove", origin, "--data", "seal", "--out", "proof.json")).toMatchObject({ code: 0 }),
      { timeout: 120_000, interval: 500 },
    )
    expect(await siem("verify-proof", "proof.json", "--key", "seal/vkeys")).toMatchObject({ code: 0 })
    expect(await siem("verify", "seal", "--key", "seal/vkeys")).toMatchObject({ code: 0 })
  })

  it("sees nothing that waits to be decided, and learns which role would", { timeout: STEP_MS }, async () => {
    for (const stream of ["submitted", "identified", "knowledge"])
      expect(await siem("tail", stream, "--from", "0", "--no-follow"), stream).toMatchObject({
        code: 2,
        err: expect.stringMatching(/may not see .*: grant it its role with assay topics apply --acls/),
      })
    const later = origin.replace(/\d+$/, "999999")
    expect(await siem("explain", later)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/what was submitted there is not for this principal: .*needs the role/),
    })
  })
})

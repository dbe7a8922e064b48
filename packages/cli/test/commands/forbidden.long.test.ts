/** A process whose principal lacks a right, on a broker that refuses what nobody allowed: it says which role, and lives. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { kafkaClient } from "@assay/kafka-client"
import { STREAMS } from "@assay/streams"
import { assay, type Done, type Node, startNode } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import * as Redacted from "effect/Redacted"
import kafkajs, { type Admin } from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"

const STEP_MS = 180_000
const POLL = { timeout: 60_000, interval: 200 }
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

describeBroker("a service without the rights that it is asked to use", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-forbidden-"))
  let cluster: Cluster
  let admin: Admin
  let node: Node
  let env: Record<string, string>
  const as = (user: string): Record<string, string> => ({
    ...env,
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD_FILE: user,
  })
  const grant = (principals: string): Promise<Done> =>
    assay(["topics", "apply", "--partitions", "1", "--replication", "1", "--acls", "--principals", principals], {
      cwd,
      env: as("admin"),
    })
  const say = async (path: string, body: string): Promise<unknown> => {
    const response = await fetch(`${node.url}${path}`, { method: "POST", body })
    return [response.status, ((await response.json()) as { error?: string }).error]
  }
  const readiness = async (): Promise<string> => (await fetch(`${node.url}/readyz`)).text()

  beforeAll(async () => {
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    const dataDir = join(cwd, "kafka")
    cluster = await startCluster({ dataDir, basePort, secure: true, users: ["hasher"], tied: true, heap: "384m" })
    const [ca] = (cluster.client.ssl as { ca: Array<string> }).ca
    writeFileSync(join(cwd, "ca.pem"), ca!)
    for (const user of ["admin", "hasher"]) writeFileSync(join(cwd, user), cluster.users[user]!)
    env = {
      LOG: "kafka",
      KAFKA_BROKERS: cluster.brokers.join(","),
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: "ca.pem",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
    }
    const sasl = {
      mechanism: "scram-sha-512",
      username: "admin",
      password: Redacted.make(cluster.users["admin"]!),
    } as const
    const tls = { ca: ca!, cert: null, key: null }
    admin = kafkaClient({ ...KAFKA_DEFAULTS, brokers: cluster.brokers, tls, sasl }).admin()
    await admin.connect()
    expect(await grant("integrity-hasher=User:hasher")).toMatchObject({ code: 0 })
    expect(await assay(["init", "plant"], { cwd })).toMatchObject({ code: 0 })
    const args = ["--service", "integrity-hasher", "--roots", "plant/roots.json"]
    node = await startNode(args, { cwd, env: as("hasher") })
  }, STEP_MS)
  afterAll(async () => {
    await node?.stop("SIGTERM")
    await admin?.disconnect()
    await cluster?.stop()
    rmSync(cwd, { recursive: true, force: true })
  })

  it("refuses messages and administration with a code of its own, and names the role", {
    timeout: STEP_MS,
  }, async () => {
    expect(await say("/v1/messages", "a.b.c")).toEqual([503, "log.forbidden"])
    // Signatures are checked once the process has a share of the partitions.
    await expect.poll(() => say("/v1/admin/knowledge/bundle", "{}"), POLL).toEqual([400, "control.knowledge_malformed"])
    const signed = readFileSync(join(cwd, "plant", "bundle.dsse"), "utf8")
    expect(await say("/v1/admin/knowledge/bundle", signed)).toEqual([503, "log.forbidden"])
    expect(await say("/v1/admin/control", '{"tokens":["a.b.c"]}')).toEqual([503, "log.forbidden"])
    const answer = await fetch(`${node.url}/v1/messages`, { method: "POST", body: "a.b.c" })
    expect(((await answer.json()) as { message: string }).message).toMatch(
      /the role ingress .*assay topics apply --acls/,
    )
    const submitted = await assay(["submit", "-", "--url", node.url], {
      cwd,
      input: `eyJhbGciOiJFZDI1NTE5In0.e30.${"A".repeat(86)}\n`, // a JWS, whatever it says
    })
    expect(submitted.err).toContain("503 log.forbidden")
    expect(submitted.err).not.toContain("try again later")
  })

  it("takes them as soon as it may, without a restart", { timeout: STEP_MS }, async () => {
    await grant("integrity-hasher=User:hasher,ingress=User:hasher")
    await expect.poll(() => say("/v1/messages", "a.b.c"), POLL).toEqual([202, undefined])
  })

  it("waits, and says for what, while it may not read its input", { timeout: STEP_MS }, async () => {
    const right = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: STREAMS.checked,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: "User:hasher",
      host: "*",
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    }
    await admin.deleteAcls({ filters: [right] })
    await expect
      .poll(readiness, POLL)
      .toMatch(/KAFKA_SASL_USERNAME hasher may not .* it needs the role integrity-hasher/)
    await admin.createAcls({ acl: [right] })
    await expect.poll(readiness, POLL).toContain('"ready"')
    const { code, err } = await node.stop("SIGTERM")
    expect(code).toBe(0)
    expect(err).toMatch(/integrity-hasher of partition 0 has failed.*may not/)
  })
})

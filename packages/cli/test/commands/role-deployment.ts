/**
 * A node on a broker that refuses what nobody allowed, and beside it a principal with one role. One message of a device that
 * presented nothing is submitted.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { assay, type Done, startNode } from "@assay/testkit/cli"
import { expect } from "vitest"

const AUD = "https://plant.example/historian/1"
const NODE_ROLES = ["chained", "ingress", "operator", "sealer"]

export interface RoleDeployment {
  /** Holds `plant/` (as `assay init` makes it), `seal/` (the sealed log), and the files that {@link as} names. */
  readonly cwd: string
  /** Of the message. */
  readonly origin: string
  /** Of the node. */
  readonly url: string
  /** The environment of a user: `admin`, `node`, or one that is named as the role. File names in it are relative to `cwd`. */
  as(user: string): Record<string, string>
  /** Runs the command as the principal with the role. */
  call(...args: ReadonlyArray<string>): Promise<Done>
  close(): Promise<void>
}

/** @param also further roles of the same principal */
export const openRoleDeployment = async (role: string, ...also: ReadonlyArray<string>): Promise<RoleDeployment> => {
  const cwd = mkdtempSync(join(tmpdir(), `assay-role-${role}-`))
  const opened: Array<() => Promise<unknown>> = []
  const close = async (): Promise<void> => {
    for (const end of opened.reverse()) await end()
    rmSync(cwd, { recursive: true, force: true })
  }
  try {
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    const users = ["node", role]
    const dataDir = join(cwd, "kafka")
    const cluster = await startCluster({ dataDir, basePort, secure: true, users, tied: true, heap: "384m" })
    opened.push(() => cluster.stop())
    const [ca] = (cluster.client.ssl as { ca: Array<string> }).ca
    writeFileSync(join(cwd, "ca.pem"), ca!)
    for (const user of ["admin", ...users]) writeFileSync(join(cwd, user), cluster.users[user]!, { mode: 0o600 })
    const as = (user: string): Record<string, string> => ({
      LOG: "kafka",
      KAFKA_BROKERS: cluster.brokers.join(","),
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: "ca.pem",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD_FILE: user,
    })
    const done = async (args: ReadonlyArray<string>, more: { env?: Record<string, string>; input?: string } = {}) => {
      const found = await assay(args, { cwd, ...more })
      expect(found, found.err).toMatchObject({ code: 0 })
      return found.out
    }
    const principals = [
      ...NODE_ROLES.map((name) => `${name}=User:node`),
      ...[role, ...also].map((one) => `${one}=User:${role}`),
    ].join(",")
    const topics = ["--partitions", "1", "--replication", "1", "--acls", "--principals", principals]
    await done(["topics", "apply", ...topics], { env: as("admin") })
    await done(["init", "plant"])
    const args = ["--topology", "chained", "--data", "seal", "--roots", "plant/roots.json"]
    const node = await startNode(args, { cwd, env: as("node") })
    opened.push(() => node.stop("SIGTERM"))
    const wait = ["--wait", "--timeout", "240", "--url", node.url]
    for (const item of ["bundle", "policy"])
      await done([item, "activate", `plant/${item}.dsse`, "--roots", "plant/roots.json", ...wait])
    await done(["keygen", "--out", "stranger.json"])
    const reading = ["--name", "pump/flow", "--value", "1"]
    const signed = await done(["sign", "--key", "stranger.json", "--aud", AUD, ...reading])
    const origin = (await done(["submit", "-", "--url", node.url], { input: signed })).trim()
    return { cwd, origin, url: node.url, as, call: (...given) => assay(given, { cwd, env: as(role) }), close }
  } catch (cause) {
    await close()
    throw cause
  }
}

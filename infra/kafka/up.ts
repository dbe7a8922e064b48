/** `npm run kafka:up`: a real Kafka on this machine, ready when the command returns. */

import { KAFKA_SCRIPT } from "@assay/settings"
import { type Command, fromSetting, main } from "../local/command.ts"
import { SetupProblem } from "../local/problem.ts"
import { startCluster } from "./cluster.ts"
import { DATA } from "./data.ts"
import { authorityFile } from "./secure/tls.ts"
import { credentialsFile } from "./secure/users.ts"

const HEAP = /^[1-9]\d*[mMgG]$/

export const up: Command = {
  name: "kafka:up",
  summary:
    "Starts Apache Kafka (KRaft) on loopback, without Docker: Java 17 and, once, Maven are needed. What runs already is left as it is. ASSAY_KAFKA_CACHE names another folder for the jars than ~/.cache/assay/kafka.",
  options: {
    port: {
      type: "string",
      value: "PORT",
      ...fromSetting(KAFKA_SCRIPT.port),
      help: "clients connect here; the ports above it are used too",
    },
    data: DATA,
    heap: {
      type: "string",
      value: "SIZE",
      ...fromSetting(KAFKA_SCRIPT.heap),
      help: "memory of each broker's JVM",
    },
    nodes: {
      type: "string",
      value: "1|3",
      ...fromSetting(KAFKA_SCRIPT.nodes),
      help: "three brokers replicate: RF 3, min.insync.replicas 2",
    },
    secure: { type: "boolean", help: "TLS, SCRAM-SHA-512 and ACLs; the super user is admin" },
    users: { type: "string", value: "A,B", help: "users of a secure cluster beside admin, made at its first start" },
  },
  async run(given, progress) {
    const started = performance.now()
    const count = given.text("nodes")
    if (count !== "1" && count !== "3") throw new SetupProblem(`--nodes takes 1 or 3, not ${JSON.stringify(count)}`)
    const heap = given.text("heap")
    if (!HEAP.test(heap)) throw new SetupProblem(`--heap takes a size like 512m or 2g, not ${JSON.stringify(heap)}`)
    const users = given
      .text("users")
      .split(",")
      .filter((name) => name !== "")
    const secure = given.flag("secure")
    if (users.length > 0 && !secure) throw new SetupProblem("--users has a meaning only with --secure")
    const cluster = await startCluster({
      dataDir: given.text("data"),
      nodes: count === "1" ? 1 : 3,
      basePort: given.whole("port", 1, 65_500),
      heap,
      secure,
      users,
      progress,
    })
    const ca = authorityFile(cluster.dataDir)
    const ms = Math.round(performance.now() - started)
    return {
      value: {
        brokers: cluster.brokers,
        version: cluster.version,
        clusterId: cluster.clusterId,
        dataDir: cluster.dataDir,
        nodes: cluster.nodes.map(({ id, broker, pid, dir }) => ({ id, broker, pid, dir })),
        ...(secure ? { users: Object.keys(cluster.users), credentials: credentialsFile(cluster.dataDir), ca } : {}),
        ms,
      },
      lines: [
        `Kafka ${cluster.version} answers at ${cluster.brokers.join(",")} (after ${(ms / 1000).toFixed(1)} s)`,
        ...cluster.nodes.map(({ id, pid, dir }) => `  node ${id}: process ${pid}, log in ${dir}/output`),
        ...(secure ? [`  passwords in ${credentialsFile(cluster.dataDir)}, authority in ${ca}`] : []),
        `Stop it with npm run kafka:down${given.text("data") === DATA.default ? "" : ` -- --data ${given.text("data")}`}`,
      ],
    }
  },
}

if (import.meta.main) await main(up)

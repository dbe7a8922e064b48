/** The machine under a node: Node itself, the configuration, the port, the disk. */
import { existsSync, statfsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { type NodeConfiguration, portProblem, readConfiguration, readHttp } from "@assay/node"
import { type Finding, fail, ok, warn } from "./finding.ts"

/** Earlier ones of 24 accept forged Ed25519 signatures under an identity-point key. */
const NODE_NEEDED = [24, 21, 0] as const
const GIB = 2 ** 30
const LEAST_FREE = GIB
/** Below this part of the disk it is time to look. */
const SMALL_PART = 0.1
const PROBE_MS = 2_000

/** @param version for example `24.21.0` */
export const nodeFinding = (version: string): Finding => {
  const parts = version.split(".").map(Number)
  const needed = NODE_NEEDED.join(".")
  const differs = NODE_NEEDED.findIndex((part, place) => parts[place] !== part)
  if (differs === -1 || (parts[differs] ?? 0) > NODE_NEEDED[differs]!) return ok("node", version)
  return fail(
    "node",
    `${version} is below ${needed}, and accepts forged Ed25519 signatures`,
    "start assay as npm ci installs it (node_modules/.bin/assay), which brings its own Node",
  )
}

/** The configuration of the environment, or null where it is wrong (then with its finding). */
export const configurationFinding = (
  environment: Readonly<Record<string, string | undefined>>,
): { readonly config: NodeConfiguration | null; readonly findings: ReadonlyArray<Finding> } => {
  try {
    const config = readConfiguration(environment)
    const { access, tls, warnings } = readHttp(config)
    const who = access.open
      ? "open to this machine alone"
      : `${access.tokens.length} tokens, ${access.certificates.length} certificates`
    const found = `${config.topology}, ${tls === null ? "http" : "https"} on ${config.httpHost}:${config.httpPort}, ${who}`
    return {
      config,
      findings: [ok("configuration", found), ...warnings.map((text) => warn("configuration", "no TLS", text))],
    }
  } catch (cause) {
    return {
      config: null,
      findings: [fail("configuration", (cause as Error).message, "correct this key of the environment")],
    }
  }
}

/** Free, or taken by a node of ours. @param running whether a process holds the data directory */
export const portFinding = async (config: NodeConfiguration, running: boolean): Promise<Finding> => {
  const problem = await portProblem(config)
  const at = `${config.httpHost}:${config.httpPort}`
  if (problem === null)
    return ok("port", running ? `${at} is free; the running node listens elsewhere` : `${at} is free`)
  const health = await healthAt(config)
  if (health !== null && running)
    return health === "ready"
      ? ok("port", `a node answers at ${at}, and is ready`)
      : warn("port", `a node answers at ${at}, and is not ready: ${health}`, "wait, or look at its log")
  return fail(
    "port",
    problem,
    health === null
      ? "free the port, or set ASSAY_HTTP_PORT"
      : "the node there runs on another data directory: name it with --data, or set ASSAY_HTTP_PORT",
  )
}

/** What a node says at `/readyz`: `ready`, or why not; null where no node answers. */
const healthAt = async (config: NodeConfiguration): Promise<string | null> => {
  const scheme = config.tlsCert === null ? "http" : "https"
  const host = config.httpHost.includes(":") ? `[${config.httpHost}]` : config.httpHost
  try {
    const response = await fetch(`${scheme}://${host}:${config.httpPort}/readyz`, {
      signal: AbortSignal.timeout(PROBE_MS),
    })
    const { status, reason } = (await response.json()) as { status?: string; reason?: string }
    return status === "ready" ? status : (reason ?? null)
  } catch {
    return null // something else listens there, or it speaks TLS that we do not trust
  }
}

interface Room {
  readonly at: string
  /** Bytes. */
  readonly free: number
  readonly all: number
}

const roomAt = (dir: string): Room => {
  let at = resolve(dir)
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  const { bavail, blocks, bsize } = statfsSync(at)
  return { at, free: bavail * bsize, all: blocks * bsize }
}

/** Room on the disk that holds the directory, or will. @param look a test's disk */
export const diskFinding = (dir: string, look: (dir: string) => Room = roomAt): Finding => {
  const { at, free, all } = look(dir)
  const words = `${(free / GIB).toFixed(1)} GiB free at ${at}`
  if (free < LEAST_FREE) return fail("disk", words, "make room: a full disk stops the log, and with it every decision")
  return free / all < SMALL_PART
    ? warn("disk", `${words}, less than a tenth`, "make room before it is full")
    : ok("disk", words)
}

/** A real schema registry on loopback: started, found again, stopped. What it was given survives kill -9. */
import { mkdir, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { guardServers } from "../local/guard.ts"
import { javaCommand, requireJava } from "../local/java.ts"
import { SetupProblem as Problem } from "../local/problem.ts"
import { outputTail, runningPid, signal, spawnBroker, suspend, waitGone } from "../local/process.ts"
import { ensureDistribution } from "./distribution.ts"

const HOST = "127.0.0.1"
/** Four seconds on an idle machine. */
const START_MS = 120_000
const STOP_MS = 30_000
const KILL_MS = 10_000
const POLL_MS = 100

export interface RegistryOptions {
  readonly dataDir: string
  readonly port: number
  /** For -Xmx. */
  readonly heap?: string
  /** The registry ends with this process, however it ends; else it outlives it. */
  readonly tied?: boolean
  readonly progress?: (line: string) => void
}

export interface Registry {
  /** For SCHEMA_REGISTRY_URL: Confluent's API, version 7. */
  readonly url: string
  readonly version: string
  readonly pid: number
  readonly dataDir: string
  /** SIGTERM, and SIGKILL when it takes too long. @returns whether it ended by itself */
  stop(): Promise<boolean>
  /** Sends a signal (SIGKILL, SIGSTOP, SIGCONT). After SIGKILL it returns when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

const filesOf = (dataDir: string) => ({
  dir: dataDir,
  pidFile: join(dataDir, "registry.pid"),
  /** On the command line too, by which the process is distinguished from another that got its pid. */
  propertiesFile: join(dataDir, "registry.properties"),
  outputDir: join(dataDir, "output"),
})

const properties = (dataDir: string, port: number): string =>
  [
    `quarkus.http.host=${HOST}`,
    `quarkus.http.port=${port}`,
    // Each change is on the disk before it is answered: ids that were given out must never be given out again.
    `REGISTRY_DATASOURCE_URL=jdbc:h2:file:${join(dataDir, "registry").replaceAll("\\", "\\\\")};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`,
    "",
  ].join("\n")

/** @throws SetupProblem that names the port where somebody listens on it */
const requireFree = async (port: number): Promise<void> => {
  const server = createServer()
  const cause = await new Promise<NodeJS.ErrnoException | null>((done) => {
    server.once("error", done)
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => done(null)))
  })
  if (cause === null) return
  throw new Problem(
    cause.code === "EADDRINUSE"
      ? `port ${port} is taken: free it, or choose another with --port or ASSAY_REGISTRY_PORT`
      : `no registry can listen on ${HOST}:${port}: ${cause.message}`,
  )
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok && Array.isArray(await answer.json())
  } catch {
    return false
  }
}

/** Stops the registry of a data directory. */
export const stopRegistry = async (dataDir: string): Promise<"idle" | "clean" | "killed"> => {
  const files = filesOf(resolve(dataDir))
  const pid = await runningPid(files)
  if (pid === null) return "idle"
  signal(pid, "SIGTERM")
  // A process that a test has paused takes the SIGTERM only when it goes on.
  signal(pid, "SIGCONT")
  if (await waitGone(files, STOP_MS)) return "clean"
  await killRegistry(files, pid)
  return "killed"
}

const killRegistry = async (files: ReturnType<typeof filesOf>, pid: number): Promise<void> => {
  signal(pid, "SIGKILL")
  if (!(await waitGone(files, KILL_MS)))
    throw new Problem(`the registry (process ${pid}) does not end, even by SIGKILL`)
}

/**
 * Starts the registry of a data directory, and returns when it answers. One that runs already is left as it is.
 * @throws SetupProblem where Java, Maven, the port or the directory is not as needed; nothing is left running
 */
export const startRegistry = async ({ port, heap = "256m", ...options }: RegistryOptions): Promise<Registry> => {
  await requireJava()
  const { version, jar } = await ensureDistribution(options.progress)
  const files = filesOf(resolve(options.dataDir))
  const url = `http://${HOST}:${port}/apis/ccompat/v7`
  if (options.tied) guardServers([files])
  let pid = await runningPid(files)
  if (pid === null) {
    await requireFree(port)
    await mkdir(files.outputDir, { recursive: true, mode: 0o700 })
    await writeFile(files.propertiesFile, properties(files.dir, port), { mode: 0o600 })
    pid = await launch(files, jar, heap, url)
  } else if (!(await answers(url))) {
    throw new Problem(
      `the registry of ${files.dir} (process ${pid}) does not answer at ${url}: it has another port, or was paused; npm run registry:down stops it`,
    )
  }
  const running = pid
  return {
    url,
    version,
    pid: running,
    dataDir: files.dir,
    stop: async () => (await stopRegistry(files.dir)) !== "killed",
    kill: async (name) => {
      if (name === "SIGKILL") await killRegistry(files, running)
      else if (name === "SIGSTOP") await suspend(running)
      else signal(running, name)
    },
  }
}

const launch = async (files: ReturnType<typeof filesOf>, jar: string, heap: string, url: string): Promise<number> => {
  const started = await spawnBroker(files, javaCommand(), [
    `-Xmx${heap}`,
    "-XX:+UseSerialGC",
    // It lives by short requests; the second compiler would only take a core while it starts.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    `-Dsmallrye.config.locations=${files.propertiesFile}`,
    "-jar",
    jar,
  ])
  let end: string | null = null
  void started.ended.then((how) => {
    end = how
  })
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && end === null) {
    if (await answers(url)) return started.pid
    await sleep(POLL_MS)
  }
  if (end === null) await killRegistry(files, started.pid)
  throw new Problem(
    `the registry ${end === null ? `did not answer within ${START_MS / 1000} s` : `died while starting (${end})`}; its log (${files.outputDir}) ends:\n${await outputTail(files.outputDir)}`,
  )
}

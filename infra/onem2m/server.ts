/** One local CSE (`infra/local/server.ts`). */
import { writeFile } from "node:fs/promises"
import { ONEM2M_SCRIPT } from "@assay/settings"
import { requireFree } from "../local/free-port.ts"
import { SetupProblem as Problem } from "../local/problem.ts"
import { type LocalServer, localServer } from "../local/server.ts"
import { findAcme } from "./binary.ts"
import { type AcmeOptions, ADMIN, argumentsOf, CSE_BASE, configurationOf, HOST, layOut, urlOf } from "./layout.ts"

/** It reads all of oneM2M's resource types before it listens. */
const START_MS = 120_000
/** It writes what it has in memory; one that has not ended by then is killed. */
const STOP_MS = 20_000
const POLL_MS = 100
const ANSWER_MS = 2_000
const FREE_MS = 5_000

export type AcmeServer = LocalServer

/** Whether it has its CSEBase: before that it answers, and refuses everything. */
const answers = async (url: string): Promise<boolean> => {
  const headers = { "x-m2m-origin": ADMIN, "x-m2m-ri": "ready", "x-m2m-rvi": "4" }
  const signal = AbortSignal.timeout(ANSWER_MS)
  try {
    const { ok } = await fetch(`${url}/~${CSE_BASE}`, { headers, signal })
    return ok
  } catch {
    return false
  }
}

/** @throws Problem where none is installed */
const requireBinary = (): string => {
  const binary = findAcme()
  if (binary !== null) return binary
  throw new Problem(
    `no acmecse on this machine: install it (infra/ci/packages.sh puts it in ${ONEM2M_SCRIPT.cache.shown?.replaceAll("`", "")}), or name its program in ACMECSE`,
  )
}

/** A CSE that may or may not run yet. @throws Problem */
export const acmeServer = (options: AcmeOptions): Promise<AcmeServer> => {
  const layout = layOut(options)
  const url = urlOf(layout)
  return localServer({
    url,
    layout,
    what: "the CSE",
    stopCall: "npm run onem2m:down",
    // What it does at its end it does on this signal alone.
    stopSignal: "SIGINT",
    startMs: START_MS,
    stopMs: STOP_MS,
    pollMs: POLL_MS,
    port: /^--http-port (\d+)$/m,
    program: requireBinary,
    argv: [`@${layout.propertiesFile}`],
    requireFree: async () => {
      if (/\s/.test(layout.dir))
        throw new Problem(`${layout.dir} has a space, which ACME cannot take: choose another with --data`)
      await requireFree({ host: HOST, port: layout.port, setting: ONEM2M_SCRIPT.port.key, withinMs: FREE_MS })
    },
    configure: async () => {
      await writeFile(layout.propertiesFile, argumentsOf(layout), { mode: 0o600 })
      await writeFile(layout.configurationFile, configurationOf(layout), { mode: 0o600 })
    },
    isReady: () => answers(url),
  })
}

/** Starts a CSE, and returns when it answers. @throws Problem; nothing is left running */
export const startAcme = async (options: AcmeOptions): Promise<AcmeServer> => {
  const server = await acmeServer(options)
  await server.start()
  return server
}

/** A CSE of its own for a test file, with AEs that speak in it; or, loudly, none. */
import { rmSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { type AcmeOptions, type AcmeServer, ADMIN, CSE_BASE, findAcme, startAcme } from "@assay/infra/onem2m"
import { type CseClient, httpClient, RSC, resourceIn, TYPE } from "@assay/ingress/onem2m"
import { ONEM2M } from "@assay/settings"

export { ADMIN }

export const canStartAcme: boolean = findAcme() !== null

/** Says what is skipped, and why: a test that is silently not run is worse than none. */
export const sayWhatIsSkippedOnAcme = (file: string): void => {
  if (canStartAcme) return
  process.stderr.write(
    `SKIPPED in ${file}: all tests against a real CSE, there is no acmecse (infra/ci/packages.sh installs it)\n`,
  )
}

export interface TestCse extends AcmeServer {
  remove(): Promise<void>
}

/** Started on a free port and in a directory of its own; `remove` stops it and deletes that. */
export const testCse = async (options: Partial<Omit<AcmeOptions, "dir" | "port">> = {}): Promise<TestCse> => {
  const dir = await mkdtemp(join(tmpdir(), "assay-onem2m-"))
  const server = await startAcme({ dir, port: await freePorts(1), storage: "memory", ...options })
  return Object.assign(server, {
    remove: async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  })
}

/** A device's AE in a CSE, with one container that the adapter may read. */
export interface TestAe {
  readonly aeId: string
  readonly client: CseClient
  /** `/id-in/cse-in/CPump/data`. */
  readonly container: string
  /** Makes a content instance. @returns its resource id */
  say(con: string): Promise<string>
  /** Contents of the instances that the CSE hands out, in no order; what it cannot retrieve itself is not among them. */
  contents(): Promise<ReadonlyArray<string>>
  close(): Promise<void>
}

/** What an AE must let the adapter do: create subscriptions, retrieve, discover. */
const OPERATIONS = 1 + 2 + 8 + 16 + 32
/** A CSE in one process of Python has many requests before it, where many speak at once. */
const ANSWER_MS = 60_000

/** Registers an AE, its access control policy, and a container with the label of the adapter. @throws CseRefusalError */
export const registerAe = async (
  url: string,
  aeId: string,
  adapter: string = ONEM2M.aeId.fallback,
): Promise<TestAe> => {
  const client = httpClient({ url: new URL(url), originator: aeId, connections: 4 })
  const make = async (to: string, type: number, content: Record<string, object>): Promise<string> => {
    const timeoutMs = ANSWER_MS
    const made = await client.request({ operation: "create", to, type, content: content as never, timeoutMs })
    return String(resourceIn(made, `making ${Object.keys(content)[0]} of ${aeId}`, RSC.created)["ri"])
  }
  const ae = `${CSE_BASE}/${aeId}`
  await make(CSE_BASE, TYPE.ae, { "m2m:ae": { rn: aeId, api: `N${aeId}`, rr: false, srv: ["4"] } })
  const acp = await make(ae, TYPE.accessControlPolicy, {
    "m2m:acp": {
      rn: "acp",
      pv: {
        acr: [
          { acor: [aeId], acop: 63 },
          { acor: [adapter], acop: OPERATIONS },
        ],
      },
      pvs: { acr: [{ acor: [aeId], acop: 63 }] },
    },
  })
  await make(ae, TYPE.container, { "m2m:cnt": { rn: "data", lbl: [ONEM2M.label.fallback], acpi: [acp] } })
  const container = `${ae}/data`
  const contents = async (): Promise<ReadonlyArray<string>> => {
    const query = { fu: 1, ty: TYPE.contentInstance, lvl: 1, drt: 2 }
    const timeoutMs = ANSWER_MS
    const { content } = await client.request({ operation: "retrieve", to: container, query, timeoutMs })
    const found: Array<string> = []
    for (const to of (content as { readonly "m2m:uril": ReadonlyArray<string> })["m2m:uril"]) {
      const { rsc, content: one } = await client.request({ operation: "retrieve", to, timeoutMs })
      if (rsc === RSC.ok) found.push((one as { readonly "m2m:cin": { readonly con: string } })["m2m:cin"].con)
    }
    return found
  }
  return {
    aeId,
    client,
    container,
    say: (con) => make(container, TYPE.contentInstance, { "m2m:cin": { con, cnf: "application/jose:0" } }),
    contents,
    close: client.close,
  }
}

/** What a whole node serves: the guide lists it, a service may add to it, and two parts cannot answer the same call. */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { World } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode, type ServiceDefinition } from "@assay/node"
import { ConfigurationError } from "@assay/settings"
import { signerOfKey } from "@assay/signing"
import { plainNode } from "@assay/testkit/plain-node"
import { afterEach, beforeEach, expect, it } from "vitest"

const GUIDE = new URL("../../../docs/guides/http-api.md", import.meta.url)
const STEP_MS = 120_000
const world = new World({ seed: "routes", now: Math.floor(Date.now() / 1000) })
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-routes-"))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const aSigner = () => signerOfKey(generateKeyPairSync("ed25519").privateKey)

const open = (services: ReadonlyArray<ServiceDefinition>): Promise<OpenNode> =>
  openNode(services, {
    ...plainNode(dir, world.rootSet),
    passportKey: aSigner(),
    challenger: aSigner(),
    endorser: aSigner(),
  })

type Routes = NonNullable<ServiceDefinition["routes"]>

/** The deciding service, which serves something beside. */
const withRoutes = (routes: Routes): ReadonlyArray<ServiceDefinition> =>
  SERVICES.map((service) => (service.name === "anomaly-quarantine" ? { ...service, routes } : service))

it(
  "has its row in the guide, with the right that it needs, and no row is of anything else",
  async () => {
    const rows = [...readFileSync(GUIDE, "utf8").matchAll(/^\| `([A-Z]+ \/\S*)` \| (\w+) \|/gm)]
    const documented = rows.map(([, name, right]) => `${name} ${right}`).sort()
    const node = await open(SERVICES)
    const served = node.routes.map(({ method, path, right }) => `${method} ${path} ${right ?? "none"}`)
    await node.close()
    expect(served.sort()).toEqual(documented)
    expect(node.routes.filter(({ doc }) => doc === undefined).map(({ path }) => path)).toEqual([])
  },
  STEP_MS,
)

it(
  "answers what a service gave, over the log of the node",
  async () => {
    const given: Routes = (log) => [
      { method: "GET", path: "/v1/partitions", right: "read", handle: () => ({ status: 200, body: log.partitions }) },
    ]
    const node = await open(withRoutes(given))
    try {
      expect(await (await fetch(new URL("/v1/partitions", node.url!))).json()).toBe(1)
      expect((await fetch(new URL("/readyz", node.url!))).status).toBe(200)
    } finally {
      await node.close()
    }
  },
  STEP_MS,
)

it(
  "does not start where two parts would answer the same call, and leaves nothing open",
  async () => {
    const given: Routes = () => [
      { method: "GET", path: "/v1/devices/mine", right: null, handle: () => ({ status: 200, body: null }) },
    ]
    const refused = await open(withRoutes(given)).catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(ConfigurationError)
    expect((refused as Error).message).toBe(
      "GET /v1/devices/{did} of devices and GET /v1/devices/mine of anomaly-quarantine would answer the same calls: give one of them another path",
    )
    await (await openEmbedded({ dir })).close()
  },
  STEP_MS,
)

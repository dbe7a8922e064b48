/**
 * What the chart refuses of a release that is installed. Helm itself asks an API server for what is there; here one answers that knows the
 * objects of the test alone: discovery of two groups, and objects by name.
 */
import { execFile } from "node:child_process"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasHelm } from "../../kubernetes/helm.ts"

const CHART = join(import.meta.dirname, "../../kubernetes/chart")
const run = promisify(execFile)

const resourcesOf = (groupVersion: string, kinds: Readonly<Record<string, string>>) => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources: Object.entries(kinds).map(([kind, name]) => ({ name, kind, namespaced: true, verbs: ["get"] })),
})
const DISCOVERY: Readonly<Record<string, object>> = {
  "/api/v1": resourcesOf("v1", { PersistentVolumeClaim: "persistentvolumeclaims" }),
  "/apis/apps/v1": resourcesOf("apps/v1", { Deployment: "deployments", StatefulSet: "statefulsets" }),
}
const [CLAIMS, APPS] = ["/api/v1/namespaces/assay/persistentvolumeclaims", "/apis/apps/v1/namespaces/assay"]

const claim = (name: string, ...accessModes: ReadonlyArray<string>) => ({
  [`${CLAIMS}/${name}`]: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "assay" },
    spec: { accessModes },
  },
})
const judging = (prefix: string) => ({
  [`${APPS}/deployments/plant-identity-resolver`]: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "plant-identity-resolver", namespace: "assay" },
    spec: {
      template: { spec: { containers: [{ name: "assay", env: [{ name: "ASSAY_STREAM_PREFIX", value: prefix }] }] } },
    },
  },
})
const sealing = (volumeClaimTemplates?: ReadonlyArray<object>) => ({
  [`${APPS}/statefulsets/plant-sealer`]: {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "plant-sealer", namespace: "assay" },
    spec: { replicas: 1, ...(volumeClaimTemplates === undefined ? {} : { volumeClaimTemplates }) },
  },
})

describe.skipIf(!hasHelm())("an installed release", () => {
  let server: Server
  let there: Readonly<Record<string, object>> = {}
  const asked: Array<string> = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url!, "http://cluster").pathname
      asked.push(path)
      const found = DISCOVERY[path] ?? there[path]
      response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" })
      response.end(
        JSON.stringify(found ?? { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 }),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  /** Renders as `helm upgrade` does before it changes anything. @throws Error with what Helm said */
  const upgrade = async (objects: Readonly<Record<string, object>>, ...set: ReadonlyArray<string>): Promise<string> => {
    there = objects
    const { port } = server.address() as AddressInfo
    const cluster = ["--kube-apiserver", `http://127.0.0.1:${port}`, "--dry-run=server", "--is-upgrade"]
    const values = ["--values", join(CHART, "values-production.yaml"), ...set.flatMap((one) => ["--set", one])]
    const call = ["template", "plant", CHART, "--namespace", "assay", "--kube-version", "1.33.0", ...cluster, ...values]
    const { stdout } = await run("helm", call, { maxBuffer: 1 << 26, env: { ...process.env, KUBECONFIG: "/dev/null" } })
    return stdout
  }

  it("is asked for what it has, and goes on where nothing stands against it", async () => {
    const rendered = await upgrade({ ...judging("plant1."), ...sealing(), ...claim("plant-sealer", "ReadWriteOnce") })
    expect(rendered).toContain("name: plant-sealer")
    expect(asked).toContain(`${CLAIMS}/plant-sealer`)
    expect(asked).toContain(`${APPS}/deployments/plant-identity-resolver`)
    await expect(upgrade({})).resolves.toContain("name: plant-sealer")
  })

  it("gets no other prefix while the job would begin an empty log there", async () => {
    const next = ["kafka.prefix=plant2."]
    await expect(upgrade(judging("plant1."), ...next)).rejects.toThrow(
      'kafka.prefix is "plant2." here and "plant1." in the cluster',
    )
    await expect(upgrade(judging("plant1."), ...next, "setup.topics=false")).resolves.toContain("plant2.")
  })

  it("of an earlier chart keeps its sealer's volume, and says how", async () => {
    const earlier = {
      ...sealing([{ metadata: { name: "data" } }]),
      ...claim("data-plant-sealer-0", "ReadWriteOncePod"),
    }
    const kept = ["sealer.storage.existingClaim=data-plant-sealer-0", "sealer.storage.accessMode=ReadWriteOncePod"]
    await expect(upgrade(earlier)).rejects.toThrow(`set ${kept[0]} and ${kept[1]}, and delete the stateful set`)
    await expect(upgrade(earlier, ...kept)).rejects.toThrow("delete the stateful set with --cascade=orphan")
    // The stateful set is deleted, and the new claim would be empty.
    const orphaned = claim("data-plant-sealer-0", "ReadWriteOncePod")
    await expect(upgrade(orphaned)).rejects.toThrow("plant-sealer would be a new one, without the key of the audit log")
    await expect(upgrade(orphaned, ...kept)).resolves.toContain("claimName: data-plant-sealer-0")
    // Copied to the new claim: what is left of the former one is nobody's concern.
    await expect(upgrade({ ...orphaned, ...claim("plant-sealer", "ReadWriteOnce") })).resolves.toContain("plant-sealer")
  })

  it("gets a standby only on a claim that several pods may write", async () => {
    const two = ["sealer.replicas=2", "sealer.storage.accessMode=ReadWriteMany", "sealer.storage.class=shared-files"]
    const objects = { ...sealing(), ...claim("plant-sealer", "ReadWriteOnce") }
    await expect(upgrade(objects, ...two)).rejects.toThrow(
      "the claim plant-sealer has the access mode ReadWriteOnce, and sealer.storage.accessMode is ReadWriteMany",
    )
    const shared = { ...objects, ...claim("plant-sealer-shared", "ReadWriteMany") }
    await expect(upgrade(shared, ...two, "sealer.storage.existingClaim=plant-sealer-shared")).resolves.toContain(
      "claimName: plant-sealer-shared",
    )
  })
})

/** The plain manifests: that they are of the chart as it is, and that Kustomize makes of them what Helm makes of the chart. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { hasHelm, type Manifest, manifestsOf, type Rendering } from "../../kubernetes/helm.ts"
import { idOf, plainOf } from "../../kubernetes/manifests/plain.ts"
import { OVERLAYS, type Overlay, treeOf } from "../../kubernetes/manifests/tree.ts"
import { differencesIn, MANIFESTS_DIR } from "../../kubernetes/manifests/write.ts"
import { excessOf, isPod, schemaProblems } from "./checks.ts"
import { STANDBY_SET } from "./pods.ts"
import { OUTSIDE_SET, PROGRAMS_SET } from "./programs.ts"

const hasKustomize = (): boolean => {
  try {
    execFileSync("kustomize", ["version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

const canRun = hasHelm() && hasKustomize()
if (!canRun)
  process.stderr.write(
    "SKIPPED infra/test/kubernetes/manifests.long.test.ts: helm or kustomize is not installed (infra/ci/packages.sh)\n",
  )

/** @throws Error with what Kustomize said */
const build = (dir: string): ReadonlyArray<Manifest> =>
  manifestsOf(execFileSync("kustomize", ["build", dir], { encoding: "utf8", stdio: "pipe", maxBuffer: 1 << 26 }))

/** The order of these lists says nothing to Kubernetes. */
const UNORDERED = ["env", "volumes", "volumeMounts", "ports", "topologySpreadConstraints"]
const inOrder = (value: unknown, field = ""): unknown => {
  if (Array.isArray(value)) {
    const all = value.map((one) => inOrder(one))
    return UNORDERED.includes(field) ? all.map((one) => JSON.stringify(one)).sort() : all
  }
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, inOrder(inner, name)]),
  )
}
const byId = (manifests: ReadonlyArray<Manifest>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(manifests.map((one) => [idOf(one), inOrder(one)] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
const inNamespace = (one: Manifest): Manifest => ({
  ...one,
  metadata: { ...one.metadata, namespace: "assay" } as never,
})

/** Beside the committed ones: all that the chart can have, and a volume that is shared. */
const MORE: ReadonlyArray<Overlay> = [
  { name: "programs", rendering: { values: "production", set: { ...PROGRAMS_SET, ...OUTSIDE_SET } } },
  {
    name: "standby",
    rendering: {
      values: "production",
      set: { ...STANDBY_SET, "anchor.enabled": "true" },
    },
  },
]

describe.skipIf(!canRun)("the plain manifests", () => {
  let more = ""
  beforeAll(() => {
    more = mkdtempSync(join(tmpdir(), "assay-kustomize-"))
    for (const [path, text] of treeOf(MORE)) {
      mkdirSync(dirname(join(more, path)), { recursive: true })
      writeFileSync(join(more, path), text)
    }
  })
  afterAll(() => rmSync(more, { recursive: true, force: true }))
  const dirOf = ({ name }: Overlay): string =>
    join(OVERLAYS.some((one) => one.name === name) ? MANIFESTS_DIR : more, "overlays", name)

  it("are those of the chart as it is (else: npm run manifests)", () => {
    const tree = treeOf(OVERLAYS)
    expect(differencesIn(MANIFESTS_DIR, tree)).toEqual([])
    const changed = new Map([...tree, ["base/all.yaml", "another"], ["base/more.yaml", ""]])
    changed.delete("base/sealer.yaml")
    expect(differencesIn(MANIFESTS_DIR, changed)).toEqual([
      "base/all.yaml is out of date",
      "base/more.yaml is missing",
      "base/sealer.yaml belongs to nothing",
    ])
  })

  it.each([...OVERLAYS, ...MORE])("$name: Kustomize makes what Helm makes of the same values", (overlay) => {
    const { running, setup } = plainOf(overlay.rendering)
    expect(byId(build(dirOf(overlay)))).toEqual(byId(running.map(inNamespace)))
    if (setup.length > 0) expect(byId(build(join(dirOf(overlay), "setup")))).toEqual(byId(setup.map(inNamespace)))
  })

  it("are deleted without the volume that holds the key of the audit log", () => {
    for (const overlay of OVERLAYS) {
      const { running, setup } = plainOf(overlay.rendering)
      const claims = (all: ReadonlyArray<Manifest>): ReadonlyArray<string> =>
        all.flatMap(({ kind, metadata }) => (kind === "PersistentVolumeClaim" ? [metadata.name] : []))
      expect(claims(running)).toEqual([])
      expect(claims(setup)).toEqual(["assay-sealer"])
    }
  })

  it("have nothing of Helm's, no field that the schemas of their kinds do not have, and no pod that may more than it needs", {
    timeout: 120_000,
  }, () => {
    const all = [...OVERLAYS, ...MORE].flatMap((overlay) => {
      const { setup } = plainOf(overlay.rendering)
      return [...build(dirOf(overlay)), ...(setup.length > 0 ? build(join(dirOf(overlay), "setup")) : [])]
    })
    expect(JSON.stringify(all)).not.toMatch(/"helm\.sh\/|"Helm"/)
    expect(schemaProblems(all)).toEqual([])
    for (const manifest of all.filter(isPod)) expect(excessOf(manifest)).toEqual([])
  })

  it("are the ground of a deployment of one's own: namespace, image, brokers", () => {
    const dir = join(more, "overlays/mine")
    mkdirSync(dir)
    const brokers = { name: "KAFKA_BROKERS", value: "b1:9093,b2:9093" }
    const patch = { spec: { template: { spec: { containers: [{ name: "assay", env: [brokers] }] } } } }
    const own = {
      namespace: "plant",
      resources: ["../programs"],
      images: [{ name: "assay", newName: "registry.example/assay", digest: `sha256:${"ab".repeat(32)}` }],
      patches: [
        {
          target: { kind: "Deployment|StatefulSet" },
          patch: stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "every" }, ...patch }),
        },
      ],
    }
    writeFileSync(join(dir, "kustomization.yaml"), stringify(own))
    const pods = build(dir).filter(isPod)
    expect(pods.length).toBeGreaterThan(10)
    for (const { metadata, spec } of pods) {
      const [container] = spec.template.spec.containers
      expect(container.image).toBe(`registry.example/assay@sha256:${"ab".repeat(32)}`)
      expect(container.env).toContainEqual(brokers)
      expect(metadata).toMatchObject({ namespace: "plant" })
    }
  })

  it("are refused where Helm refuses the values", () => {
    const rendering: Rendering = { values: "small", set: { "kafka.brokers": "[]" } }
    expect(() => treeOf([{ name: "wrong", rendering }])).toThrow("brokers")
  })
})

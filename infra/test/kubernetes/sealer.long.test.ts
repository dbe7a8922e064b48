/** The sealer's volume in the chart: one claim that never has to change, who shares it, and how it is copied where it does. */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readArguments } from "@assay/cli/command"
import { COMMANDS } from "@assay/cli/commands"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasHelm, type Manifest, manifestsOf, render } from "../../kubernetes/helm.ts"
import { excessOf, schemaProblems } from "./checks.ts"
import { containerOf, named, podOf, STANDBY_SET } from "./pods.ts"

const COPY = join(import.meta.dirname, "../../kubernetes/copy-claim.yaml")
const DATA = { name: "data", persistentVolumeClaim: { claimName: "plant-sealer" } }

const production = (set: Readonly<Record<string, string>> = {}): ReadonlyArray<Manifest> =>
  render({ values: "production", set })
const claimsIn = (all: ReadonlyArray<Manifest>): ReadonlyArray<Manifest> =>
  all.filter(({ kind }) => kind === "PersistentVolumeClaim")
const sealerIn = (all: ReadonlyArray<Manifest>): Manifest => named(all, "StatefulSet", "plant-sealer")
const anchorIn = (all: ReadonlyArray<Manifest>): Manifest => named(all, "StatefulSet", "plant-anchor")

interface Affinity {
  readonly labelSelector: {
    readonly matchLabels: Readonly<Record<string, string>>
    readonly matchExpressions: ReadonlyArray<{ readonly key: string; readonly values: ReadonlyArray<string> }>
  }
}

/** Whether the rule selects a pod of this component, as the scheduler does. */
const selects = ({ labelSelector }: Affinity, { spec }: Manifest): boolean => {
  const labels: Readonly<Record<string, string>> = spec.template.metadata.labels
  return (
    Object.entries(labelSelector.matchLabels).every(([key, value]) => labels[key] === value) &&
    labelSelector.matchExpressions.every(({ key, values }) => values.includes(labels[key]!))
  )
}

describe.skipIf(!hasHelm())("the sealer's volume", () => {
  it("is one claim by name, the same whether an anchor names it too, and never one of the stateful set", () => {
    const [alone, anchored] = [production(), production({ "anchor.enabled": "true" })]
    const [claim] = claimsIn(alone)
    expect(claim).toMatchObject({
      metadata: { name: "plant-sealer", annotations: { "helm.sh/resource-policy": "keep" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "200Gi" } } },
    })
    expect(claimsIn(anchored)).toEqual([claim])
    for (const all of [alone, anchored, production(STANDBY_SET)]) {
      expect(sealerIn(all).spec.volumeClaimTemplates).toBeUndefined()
      expect(podOf(sealerIn(all)).volumes).toContainEqual(DATA)
    }
    expect(podOf(anchorIn(anchored)).volumes).toContainEqual(DATA)
  })

  it("may be a claim that is there, and then none is made", () => {
    const all = production({ "sealer.storage.existingClaim": '"data-plant-sealer-0"', "anchor.enabled": "true" })
    expect(claimsIn(all)).toEqual([])
    const data = { name: "data", persistentVolumeClaim: { claimName: "data-plant-sealer-0" } }
    for (const pod of [sealerIn(all), anchorIn(all)]) expect(podOf(pod).volumes).toContainEqual(data)
  })

  it("of one machine brings sealer and anchor together, whichever is scheduled first or anew", () => {
    const all = production({ "anchor.enabled": "true" })
    const pods = [sealerIn(all), anchorIn(all)]
    for (const pod of pods) {
      const rules: ReadonlyArray<Affinity> =
        podOf(pod).affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution
      expect(rules).toHaveLength(1)
      // It selects itself too: where neither runs, the first one is let go anywhere.
      for (const other of pods) expect(selects(rules[0]!, other)).toBe(true)
      expect(selects(rules[0]!, named(all, "Deployment", "plant-integrity-hasher"))).toBe(false)
    }
    expect(podOf(sealerIn(production())).affinity).toBeUndefined()
    const shared = production({ ...STANDBY_SET, "anchor.enabled": "true" })
    for (const pod of [sealerIn(shared), anchorIn(shared)]) expect(podOf(pod).affinity).toBeUndefined()
  })

  it("keeps the directory of the former epoch beside that of the next one, and the anchor reads both", async () => {
    const all = production({
      "sealer.directory": '"plant2"',
      "anchor.enabled": "true",
      "anchor.formerDirectories": '["data","plant1"]',
    })
    const { args } = containerOf(sealerIn(all))
    expect(args[args.indexOf("--data") + 1]).toBe("/var/lib/assay/plant2")
    const [, ...rest] = containerOf(anchorIn(all)).args
    const command = await COMMANDS.find(({ name }) => name === "anchor")!.load()
    const given = readArguments(command, rest, {})
    expect(given.text("data")).toBe("/var/lib/assay/plant2")
    expect(given.text("sites")).toBe("/var/lib/assay/data,/var/lib/assay/plant1")
    expect(containerOf(anchorIn(production({ "anchor.enabled": "true" }))).args).not.toContain("--sites")
  })

  it.each([
    [{ "sealer.storage.accessMode": '"ReadWriteOncePod"', "anchor.enabled": "true" }, "a second pod name the volume"],
    [{ "sealer.storage.accessMode": '"ReadOnlyMany"' }, "accessMode"],
    [{ "sealer.directory": '"../data"' }, "directory"],
    [{ "sealer.directory": '""' }, "directory"],
    [{ "anchor.formerDirectories": '["a,b"]' }, "formerDirectories"],
  ])("refuses %j, and says why", (set, says) => {
    expect(() => production(set as Readonly<Record<string, string>>)).toThrow(says)
  })
})

describe("the job that copies a claim", () => {
  let dir = ""
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "assay-claims-"))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const [job] = manifestsOf(readFileSync(COPY, "utf8"))
  const copy = (from: string, to: string): string => {
    const { command, args } = podOf(job!).containers[0] as { readonly [name: string]: ReadonlyArray<string> }
    const call = [...command!.slice(1), args![0]!, from, to]
    return execFileSync(process.execPath, call, { encoding: "utf8", stdio: "pipe" })
  }

  it("is what Kubernetes takes, with the least that a pod may have", { timeout: 60_000 }, () => {
    expect(schemaProblems([job!])).toEqual([])
    expect(excessOf(job!)).toEqual([])
  })

  it("copies all there is with its modes, and nothing onto something", () => {
    const [from, to, other] = [join(dir, "from"), join(dir, "to"), join(dir, "other")]
    for (const made of [join(from, "lost+found"), join(from, "data/tlog"), to, other])
      mkdirSync(made, { recursive: true })
    const key = join(from, "data/log-key.pem")
    writeFileSync(key, "secret", { mode: 0o600 })
    writeFileSync(join(from, "data/tlog/tile"), "tile")
    chmodSync(join(from, "data"), 0o700)
    expect(copy(from, to)).toBe("copied data\n")
    expect(readFileSync(join(to, "data/tlog/tile"), "utf8")).toBe("tile")
    expect(statSync(join(to, "data")).mode & 0o777).toBe(0o700)
    expect(statSync(join(to, "data/log-key.pem")).mode & 0o777).toBe(0o600)
    // To the millisecond.
    expect(Math.abs(statSync(join(to, "data/log-key.pem")).mtimeMs - statSync(key).mtimeMs)).toBeLessThan(2)
    expect(() => copy(from, to)).toThrow("is not empty: copy to a new claim")
    expect(() => copy(other, join(dir, "other"))).toThrow("is empty: there is nothing to copy")
  })
})

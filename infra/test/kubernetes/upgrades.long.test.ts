/** What an upgrade with the chart does: one component after the other, what the job makes before, and how callers are answered meanwhile. */
import { readArguments } from "@assay/cli/command"
import { COMMANDS } from "@assay/cli/commands"
import { describe, expect, it } from "vitest"
import { hasHelm, type Manifest, render } from "../../kubernetes/helm.ts"
import { excessOf, isPod, schemaProblems } from "./checks.ts"
import { containerOf, named, podOf } from "./pods.ts"
import { PROGRAMS_SET } from "./programs.ts"

const [OLD, NEW] = [`sha256:${"11".repeat(32)}`, `sha256:${"22".repeat(32)}`]
/** As docs/guides/kubernetes.md has it: what makes schemas and topics, readers before writers, the sealer beside its like. */
const ORDER = [
  "setup",
  "anomaly-quarantine",
  "segmentation-enforcer",
  "integrity-hasher",
  "sealer",
  "credential-checker",
  "identity-resolver",
]
const WITH_ALL = { ...PROGRAMS_SET, "anchor.enabled": "true", "setup.schemas": "true" }

const production = (set: Readonly<Record<string, string>> = {}): ReadonlyArray<Manifest> =>
  render({ values: "production", set: { "image.digest": JSON.stringify(OLD), ...set } }).filter(isPod)
/** Components to the images of their pods. */
const imagesIn = (all: ReadonlyArray<Manifest>): Readonly<Record<string, string>> =>
  Object.fromEntries(all.map((one) => [one.metadata.labels!["app.kubernetes.io/component"], containerOf(one).image]))
const digestsOf = (components: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(components.map((name) => [`images.${name}.digest`, JSON.stringify(NEW)]))

/** As `assay topics` itself reads the call of the job. @throws UsageError */
const topicsCall = async (set: Readonly<Record<string, string>>) => {
  const job = named(production(set), "Job", "plant-topics")
  const [name, ...rest] = containerOf(job).args
  const command = await COMMANDS.find((one) => one.name === name)!.load()
  return { job, given: readArguments(command, rest, {}) }
}

describe.skipIf(!hasHelm())("an upgrade with the chart", () => {
  it("goes one component after the other, and changes no pod of another", () => {
    let before = production(WITH_ALL)
    for (const [nth, component] of ORDER.entries()) {
      const after = production({ ...WITH_ALL, ...digestsOf(ORDER.slice(0, nth + 1)) })
      const changed = after.filter((one, at) => JSON.stringify(one) !== JSON.stringify(before[at]))
      expect(Object.entries(imagesIn(changed))).toEqual([[component, `assay@${NEW}`]])
      before = after
    }
    // What is left are the programs beside the services, which come last.
    const left = Object.entries(imagesIn(before)).filter(([, image]) => image === `assay@${OLD}`)
    expect(left.map(([component]) => component).sort()).toEqual([
      "anchor",
      "export-bus",
      "export-lake",
      "export-soc",
      "ingress-mqtt",
      "ingress-onem2m",
      "readings",
      "resolver",
    ])
    for (const [component] of left)
      expect(imagesIn(production({ ...WITH_ALL, ...digestsOf([component]) }))[component]).toBe(`assay@${NEW}`)
  })

  it("takes a tag of one component although all others have a digest", () => {
    const images = imagesIn(production({ "images.sealer": '{"repository":"mine/assay","tag":"0.2.0"}' }))
    expect(images["sealer"]).toBe("mine/assay:0.2.0")
    expect(images["integrity-hasher"]).toBe(`assay@${OLD}`)
  })

  it("starts no pod anew for the version of the chart alone", () => {
    for (const { metadata, spec } of production(WITH_ALL)) {
      expect(metadata.labels).toHaveProperty(["helm.sh/chart"])
      expect(Object.keys(spec.template.metadata.labels).sort()).toEqual(
        ["component", "instance", "name"].map((word) => `app.kubernetes.io/${word}`),
      )
    }
  })

  it("makes topics with the epoch and the times that the values name, as every time", async () => {
    const { given } = await topicsCall({
      "kafka.epoch": "1000000",
      "kafka.retention": '{"submitted":"14d","outputs":"forever"}',
    })
    // The largest one, since a number of a values file may come back as 1e+06.
    expect([given.text("epoch"), given.text("retention")]).toEqual(["1000000", "outputs=forever,submitted=14d"])
    expect([given.text("partitions"), given.text("replication")]).toEqual(["24", "3"])
    const plain = (await topicsCall({})).given
    expect([plain.text("epoch"), plain.text("retention"), plain.text("principals")]).toEqual([null, null, null])
  })

  it("makes the rights of a list where one is named, and only the job of topics has it", {
    timeout: 60_000,
  }, async () => {
    const set = { "setup.principals": '"assay-principals"' }
    const { job, given } = await topicsCall(set)
    expect([given.text("principals"), given.flag("acls")]).toEqual(["/etc/assay/principals/principals", true])
    const items = [{ key: "principals", path: "principals" }]
    expect(podOf(job).volumes).toContainEqual({ name: "principals", configMap: { name: "assay-principals", items } })
    expect(containerOf(job).volumeMounts).toContainEqual({
      name: "principals",
      mountPath: "/etc/assay/principals",
      readOnly: true,
    })
    expect(JSON.stringify(named(production(set), "Job", "plant-schemas"))).not.toContain("principals")
    expect(schemaProblems([job])).toEqual([])
    expect(excessOf(job)).toEqual([])
  })

  it("lets those whom others call answer until it is known that they end, and nobody else wait", () => {
    const all = production(WITH_ALL)
    const waits = all.filter((one) => containerOf(one).lifecycle !== undefined)
    expect(waits.map(({ metadata }) => metadata.name).sort()).toEqual([
      "plant-identity-resolver",
      "plant-ingress-onem2m",
    ])
    for (const one of waits) {
      expect(containerOf(one).lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } })
      // And the 30 seconds that a stop may take.
      expect(podOf(one).terminationGracePeriodSeconds).toBeGreaterThan(5 + 30)
    }
  })

  it.each([
    ["images", '{"integrity":{"tag":"1"}}', "integrity"],
    ["images", '{"sealer":{}}', "sealer"],
    ["images", '{"sealer":{"digest":"latest"}}', "digest"],
    ["kafka.epoch", "1000001", "epoch"],
    ["kafka.retention", '{"submited":"7d"}', "submited"],
    ["kafka.retention", '{"submitted":"7 days"}', "submitted"],
  ])("refuses %s = %s, and names it", (key, value, says) => {
    expect(() => production({ [key]: value })).toThrow(says)
  })
})

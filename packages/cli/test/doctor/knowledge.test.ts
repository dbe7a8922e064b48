import { encodeControl, publishKnowledge } from "@assay/engine"
import { ADVISORY, hashOfBody, REFERENCE_VALUES, STATUS_LIST, signBundle, TRUST_REGISTRY } from "@assay/knowledge"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { aWorld, START } from "@assay/testkit/fleet"
import { itemKey, REGISTRY_KIND } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"
import { homeFinding, knowledgeFindings, subjectFindings } from "../../src/doctor/knowledge.ts"
import type { InForce } from "../../src/knowledge-in-force.ts"

const DAY_MS = 86_400_000
const NOW = START * 1_000
const world = aWorld("doctor knows")
let driver: Driver

beforeAll(async () => {
  driver = await Driver.open({ roots: world.rootSet, now: NOW, partitions: 2 })
})
afterAll(async () => {
  await driver.close()
  await closeVerifyPool()
})

/** As a crash in the middle of an activation leaves it. */
const activateIn = async (partition: number, body: Uint8Array): Promise<void> => {
  const entry = encodeControl({ kind: "activation", item: "bundle", hash: hashOfBody(body), body })
  await driver.log.append({ stream: STREAMS.submitted, partition }, [entry])
}

const look = async (time: number, roots = world.rootSet) =>
  new Map((await knowledgeFindings(driver.log, roots, time)).map((finding) => [finding.check, finding]))

it("nothing is in force, then in one partition only, then in all", async () => {
  expect((await look(NOW)).get("bundle")).toMatchObject({ state: "fail", found: "none is in force" })
  await activateIn(1, world.signedBundle)
  await driver.settle()
  expect((await look(NOW)).get("bundle")).toMatchObject({ state: "fail", found: "none is in force in partition 0" })
  await activateIn(0, world.signedBundle)
  await publishKnowledge(driver.log, "policy", world.signedPolicy)
  await driver.settle()
  for (const check of ["bundle", "policy"]) expect((await look(NOW)).get(check)).toMatchObject({ state: "ok" })
})

it("it is not signed by the roots that were named", async () => {
  const roots = aWorld("somebody else").rootSet
  expect((await look(NOW, roots)).get("bundle")).toMatchObject({
    state: "fail",
    found: expect.stringContaining("the roots do not open it"),
  })
})

it("it ends soon, or has ended; and so do the status lists in it", async () => {
  expect((await look(NOW)).get("bundle parts")).toBeUndefined()
  const soon = await look(world.bundle.expires - 1_000)
  expect(soon.get("bundle")).toMatchObject({ state: "warn", found: expect.stringContaining("soon") })
  const over = await look(world.bundle.expires + DAY_MS)
  expect(over.get("bundle")).toMatchObject({ state: "fail", found: expect.stringContaining("it has expired") })
  const { issued, maxAgeMs } = world.bundle.statusLists[0]!
  const end = issued + maxAgeMs
  expect((await look(end - 1_000)).get("bundle parts")).toMatchObject({ state: "warn" })
  expect((await look(end)).get("bundle parts")).toMatchObject({ state: "fail" })
})

it("partitions have different versions", async () => {
  const newer = { ...world.bundle, version: world.bundle.version + 1 }
  await activateIn(0, signBundle(newer, world.roots.slice(0, 2)))
  await driver.settle()
  expect((await look(NOW)).get("bundle")).toMatchObject({
    state: "fail",
    found: expect.stringContaining("partitions have different versions"),
  })
})

it("items with a home are broken, or have expired", () => {
  const lasting = { version: 1, hash: "", expires: NOW + DAY_MS, body: null } as InForce
  expect(homeFinding("calibration", [lasting], NOW).state).toBe("ok")
  expect(homeFinding("calibration", [lasting], NOW + DAY_MS)).toMatchObject({
    state: "warn",
    found: expect.stringContaining("1 have expired"),
  })
  expect(homeFinding("calibration", [lasting, { broken: "the body is damaged" }], NOW)).toMatchObject({
    state: "fail",
    found: "the body is damaged",
  })
})

it("status lists of issuers cannot be opened, or are too old", () => {
  const of = (id: string, found: InForce) => new Map([[`${STATUS_LIST.name}/did:key:z6Mk ${id}`, found]])
  const ending = (expires: number): InForce => {
    const body = { id: "https://acme.example/1", issued: expires - DAY_MS, expires }
    return { version: 1, hash: "", expires, body } as InForce
  }
  const found = (time: number, ...all: ReadonlyArray<InForce>) =>
    subjectFindings(
      STATUS_LIST,
      all.map((one, n) => of(String(n), one)),
      time,
    )
  expect(subjectFindings(STATUS_LIST, [new Map()], NOW)).toEqual([])
  expect(found(NOW, ending(NOW + DAY_MS))).toMatchObject([{ state: "ok", found: "1 in force" }])
  expect(found(NOW, ending(NOW + DAY_MS), { broken: "it is forged" })).toMatchObject([{ state: "fail" }])
  const words = expect.stringContaining("https://acme.example/1 reaches its maximum age")
  expect(found(NOW + 0.8 * DAY_MS, ending(NOW + DAY_MS))).toMatchObject([{ state: "warn", found: words }])
  expect(found(NOW + DAY_MS, ending(NOW + DAY_MS))).toMatchObject([{ state: "fail" }])
})

it("what a registry answered has ended, which nobody but its resolvers would notice", () => {
  const authority = "https://registry.example/"
  const of = (expires: number): ReadonlyMap<string, InForce> =>
    new Map([
      [
        itemKey(REGISTRY_KIND, authority),
        { version: 1, hash: "", expires, body: { authority, checked: NOW, expires } },
      ],
    ])
  const found = (time: number) => subjectFindings(TRUST_REGISTRY, [of(NOW + DAY_MS), new Map()], time)
  expect(found(NOW)).toMatchObject([{ state: "ok", found: "1 in force" }])
  expect(found(NOW + DAY_MS - 1)).toMatchObject([{ state: "warn" }])
  expect(found(NOW + DAY_MS)).toMatchObject([
    { state: "fail", found: expect.stringContaining(`what the registry ${authority} answered is past`) },
  ])
})

it.each([ADVISORY, REFERENCE_VALUES])("$title has expired, or is another one in each partition", (kind) => {
  const of = (version: number, expires = NOW + 30 * DAY_MS): ReadonlyMap<string, InForce> =>
    new Map([[itemKey(kind.name, "acme/1"), { version, hash: "", expires, body: {} }]])
  expect(subjectFindings(kind, [of(1), of(1)], NOW)).toMatchObject([{ state: "ok" }])
  expect(subjectFindings(kind, [of(1), of(1)], NOW + 30 * DAY_MS)).toMatchObject([
    { state: "fail", found: expect.stringContaining(`${kind.title} of acme/1 expired`) },
  ])
  expect(subjectFindings(kind, [of(2), of(1)], NOW)).toMatchObject([
    { state: "fail", found: "partitions have different versions of acme/1: 2, 1" },
  ])
  expect(subjectFindings(kind, [of(2), new Map()], NOW)).toMatchObject([{ state: "fail" }])
})

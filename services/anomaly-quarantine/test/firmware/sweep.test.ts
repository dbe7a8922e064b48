/** Firmware is revoked: who runs it is looked at then, without a message of it. */
import {
  type Active,
  type Advisory,
  type FirmwareClaim,
  type FirmwareReference,
  itemKey,
  knowledgeOf,
  type TrustBundle,
} from "@assay/trust"
import { beforeEach, describe, expect, it } from "vitest"
import { Harness } from "../harness.ts"

const claim = (version: string): FirmwareClaim => ({
  vendor: "acme",
  class: "pump",
  version,
  svn: 1,
  digest: version.repeat(64).slice(0, 64),
})
const good = (version: string): FirmwareReference => ({ ...claim(version), status: "good" })
const active = <Body>(body: Body, hash: string): Active<Body> => ({ hash, version: 1, expires: 2e12, body })

const bundleOf = (firmware: ReadonlyArray<FirmwareReference>): Active<TrustBundle> =>
  active(
    {
      version: 1,
      issued: 0,
      expires: 2e12,
      trustDomain: "https://plant.example/",
      issuers: [],
      operators: [],
      thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
      statusLists: [],
      firmware,
      minimumSvn: {},
      nextRoots: null,
    },
    "b0".repeat(32),
  )
const LISTED = bundleOf([good("1"), good("2")])

const advisoryOn = (version: string, status: "vulnerable" | "revoked"): Active<Advisory> =>
  active(
    {
      version: 1,
      issued: 0,
      expires: 2e12,
      id: "CVE-1",
      vendor: "acme",
      title: "a hole",
      sources: [{ format: "own", id: "x", digest: "00".repeat(32) }],
      since: 0,
      affected: [{ class: "pump", digest: claim(version).digest, status }],
    },
    "ad".repeat(32),
  )

let harness: Harness

const inForce = (bundle: Active<TrustBundle>, advisory: Active<Advisory> | null = null) =>
  knowledgeOf(
    new Map<string, Active<unknown>>([
      [itemKey("bundle", ""), bundle],
      ...(advisory === null ? [] : [[itemKey("advisory", "acme/CVE-1"), advisory] as const]),
    ]),
  )

/** @returns what was recorded beside the activation itself */
const activate = (knowledge: Harness["knowledge"], item = "advisory") => {
  harness.knowledge = knowledge
  const what = { kind: "activation", item, hash: "ad".repeat(32), version: 1 } as const
  const { events } = harness.control({ accepted: true, reasons: [], what })
  return events.filter(({ kind }) => kind !== "control")
}
const incidentsIn = (events: ReturnType<typeof activate>) =>
  events.flatMap((event) => (event.kind === "incident" ? [JSON.parse(event.detail)] : []))

beforeEach(() => {
  harness = new Harness()
  harness.subject = { vendor: "acme", class: "pump", assurance: "software" }
  harness.knowledge = inForce(LISTED)
  for (const [name, version] of [
    ["did:key:zA", "1"],
    ["did:key:zB", "1"],
    ["did:key:zC", "2"],
  ] as const) {
    harness.trusted(name)
    harness.say(name, { fw: claim(version), values: [20] })
  }
  harness.trusted("did:key:zD")
})

describe("firmware that an advisory revokes", () => {
  it("takes the trust of those who run it, at once, and one incident has the counts", () => {
    const events = activate(inForce(LISTED, advisoryOn("1", "revoked")))
    expect(incidentsIn(events)).toEqual([
      {
        what: expect.stringContaining("passports count no more"),
        item: `advisory ${"ad".repeat(32)}`,
        devices: 2,
        watched: 2,
        firmware: [{ vendor: "acme", class: "pump", version: "1", status: "revoked", devices: 2 }],
      },
    ])
    expect(events.filter(({ kind }) => kind === "transition")).toEqual(
      ["did:key:zA", "did:key:zB"].map((device) => ({
        kind: "transition",
        device,
        from: "trusted",
        to: "watched",
        cause: ["anomaly.firmware_withdrawn"],
      })),
    )
    expect(["zA", "zB", "zC", "zD"].map((name) => harness.trust(`did:key:${name}`))).toEqual([
      "watched",
      "watched",
      "trusted",
      "trusted",
    ])
  })

  it("charges nobody, and nobody earns trust with it again", () => {
    const before = harness.device("did:key:zA")!.bad
    activate(inForce(LISTED, advisoryOn("1", "revoked")))
    expect(harness.device("did:key:zA")!.bad).toBe(before)
    for (let k = 0; k < 200; k++) harness.say("did:key:zA", { values: [20 + Math.sin(k)] })
    expect(harness.trust("did:key:zA")).toBe("watched")
  })

  it("is left behind by an update", () => {
    activate(inForce(LISTED, advisoryOn("1", "revoked")))
    harness.say("did:key:zA", { fw: claim("2"), values: [20] })
    for (let k = 0; k < 200; k++) harness.say("did:key:zA", { values: [20 + Math.sin(k)] })
    expect(harness.trust("did:key:zA")).toBe("trusted")
  })

  it("is said once, and again where something else is found", () => {
    activate(inForce(LISTED, advisoryOn("1", "revoked")))
    expect(activate(inForce(LISTED, advisoryOn("1", "revoked")), "bundle")).toEqual([])
    expect(incidentsIn(activate(inForce(LISTED, advisoryOn("2", "revoked"))))).toMatchObject([
      { devices: 1, watched: 1 },
    ])
  })

  it("is the same where the roots revoke it", () => {
    const revoked = bundleOf([{ ...good("1"), status: "revoked" }, good("2")])
    expect(incidentsIn(activate(inForce(revoked), "bundle"))).toMatchObject([{ devices: 2, watched: 2 }])
    expect(harness.trust("did:key:zA")).toBe("watched")
  })
})

it("firmware that is vulnerable is counted, and its devices stay as they are", () => {
  const events = activate(inForce(LISTED, advisoryOn("1", "vulnerable")))
  expect(incidentsIn(events)).toMatchObject([{ devices: 2, watched: 0 }])
  expect(events).toHaveLength(1)
  expect(harness.trust("did:key:zA")).toBe("trusted")
})

it("an advisory that is about nobody, or was refused, is only recorded", () => {
  expect(activate(inForce(LISTED, advisoryOn("9", "revoked")))).toEqual([])
  harness.knowledge = inForce(LISTED, advisoryOn("1", "revoked"))
  const what = { kind: "activation", item: "advisory", hash: "ad".repeat(32), version: 1 } as const
  harness.control({ accepted: false, reasons: ["control.knowledge_unsigned"], what })
  expect(harness.trust("did:key:zA")).toBe("trusted")
})

it("more devices than one entry moves go on at ticks", () => {
  const many = Array.from({ length: 1_030 }, (_, n) => `did:key:zN${String(n).padStart(4, "0")}`)
  const one = harness.device("did:key:zA")!
  for (const name of many) {
    harness.states.set(name, one)
    harness.admittedDevices.add(name)
  }
  const events = activate(inForce(LISTED, advisoryOn("1", "revoked")))
  expect(events.filter(({ kind }) => kind === "transition")).toHaveLength(1_024)
  expect(incidentsIn(events)).toMatchObject([{ devices: 1_032, watched: 1_032 }])
  expect(harness.tick(1_000).events).toHaveLength(8)
  expect(harness.tick(1_000).events).toHaveLength(0)
  expect(many.every((name) => harness.trust(name) === "watched")).toBe(true)
})

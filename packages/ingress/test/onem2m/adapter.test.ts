/** The adapter between a CSE that the test plays and what takes its messages. */
import { freePorts } from "@assay/infra/kafka"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Onem2mAdapter, startOnem2m } from "../../src/onem2m/adapter.ts"
import { type Known, openKnown } from "../../src/onem2m/known.ts"
import { RSC } from "../../src/onem2m/primitive.ts"
import { readOnem2m } from "../../src/onem2m/settings.ts"
import { eventually } from "../mqtt/eventually.ts"
import { Taking } from "../taking.ts"
import { type ScriptedCse, scriptedCse } from "./scripted-cse.ts"

const AE = "CAssayIngress"
const DATA = "cse-in/CPump/data"
const SUB = `${DATA}/assay-${AE}`

let cse: ScriptedCse
let taking: Taking
let known: Known
let problems: Array<string>
let adapter: Onem2mAdapter | null

const start = async (env: Record<string, string> = {}): Promise<Onem2mAdapter> => {
  const port = await freePorts(1)
  adapter = await startOnem2m({
    settings: readOnem2m({
      ASSAY_ONEM2M_URL: cse.url,
      ASSAY_ONEM2M_REACHED_AT: `http://127.0.0.1:${port}`,
      ASSAY_ONEM2M_LISTEN: `127.0.0.1:${port}`,
      ASSAY_ONEM2M_SWEEP: "3600",
      ...env,
    }),
    ingress: taking,
    known,
    onProblem: (what) => problems.push(what),
    pauses: { firstMs: 5, longestMs: 20 },
    graceMs: 20,
  })
  await eventually(() => adapter!.status()).toMatchObject({ connection: "subscribed", behind: 0 })
  return adapter
}

beforeEach(async () => {
  cse = await scriptedCse()
  cse.ae("CPump")
  cse.container(DATA)
  taking = new Taking()
  known = openKnown(null)
  problems = []
  adapter = null
})
afterEach(async () => {
  await adapter?.stop()
  await cse.close()
})

const notifyAt = (): string => (cse.resources.get(SUB)!["nu"] as [string])[0]

describe("beside a CSE", () => {
  it("registers, finds the containers with its label, and subscribes to them alone", async () => {
    cse.container("cse-in/CPump/other", ["something"])
    await start()
    expect(cse.resources.get(`cse-in/${AE}`)).toMatchObject({ aei: AE, rr: true, poa: [notifyAt()] })
    expect([...cse.resources.values()].filter(({ ty }) => ty === 23)).toHaveLength(1)
    expect(adapter!.status()).toMatchObject({ containers: 1, refusing: 0, waits: null })
  })

  it("brings what is reported to the log, with where it lay and through whom, and answers when it is durable", async () => {
    await start()
    expect(await cse.instance(DATA, "a.b.c", { cr: "CPump" })).toEqual([RSC.ok])
    expect(taking.all).toEqual([
      {
        bytes: Buffer.from("a.b.c"),
        mediaType: "application/jose",
        binding: "onem2m",
        originator: expect.stringMatching(/^\/id-in\/cin\w+;cr=CPump$/) as string,
        principal: "/id-in/CPump",
        traceparent: null,
      },
    ])
  })

  it("reads what was made before it subscribed", async () => {
    await cse.instance(DATA, "one")
    await cse.instance(DATA, "two")
    await start()
    await eventually(() => taking.texts).toEqual(["one", "two"])
    expect(await cse.instance(DATA, "three")).toEqual([RSC.ok])
    expect(taking.texts).toEqual(["one", "two", "three"])
  })

  it("reads what was made while it was away, and takes nothing twice", async () => {
    const first = await start()
    await cse.instance(DATA, "one")
    await first.stop()
    cse.tells = false
    await cse.instance(DATA, "two")
    cse.tells = true
    await start()
    await eventually(() => taking.texts).toEqual(["one", "two"])
    // The address where it is reached is another one: the subscription was made anew, and is one.
    expect([...cse.resources.values()].filter(({ ty }) => ty === 23)).toHaveLength(1)
  })

  it("reads what nobody reported, at its next look", async () => {
    const running = await start()
    await cse.instance(DATA, "one")
    cse.tells = false
    await cse.instance(DATA, "two")
    await running.sweep()
    await eventually(() => taking.texts).toEqual(["one", "two"])
    expect(running.status()).toMatchObject({ taken: 2, backfilled: 1, gaps: 0 })
  })

  it("takes many in one notification", async () => {
    await start({ ASSAY_ONEM2M_BATCH: "10" })
    expect(cse.resources.get(SUB)).toMatchObject({ bn: { num: 10, dur: "PT1S" } })
    cse.tells = false
    for (const con of ["one", "two", "three"]) await cse.instance(DATA, con)
    const { ri } = cse.resources.get(SUB)!
    const made = [...cse.resources.values()].filter(({ ty }) => ty === 4)
    const content = {
      "m2m:agn": {
        "m2m:sgn": made.map((cin) => ({ sur: `/id-in/${ri}`, nev: { net: 3, rep: { "m2m:cin": cin } } })),
      },
    }
    expect(await cse.notify(notifyAt(), content)).toBe(RSC.ok)
    expect(taking.texts).toEqual(["one", "two", "three"])
  })

  it("binds an AE to its device where the settings say so: the principal is its DID", async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs")
    const dir = mkdtempSync("/dev/shm/assay-onem2m-")
    writeFileSync(`${dir}/devices.json`, JSON.stringify({ CPump: "did:key:z6MkPump" }))
    await start({ ASSAY_ONEM2M_DEVICES: `${dir}/devices.json` })
    rmSync(dir, { recursive: true })
    await cse.instance(DATA, "a.b.c")
    expect(taking.all[0]!.principal).toBe("did:key:z6MkPump")
  })
})

describe("subscriptions", () => {
  it("come with new containers, and go with those that are deleted or lose the label", async () => {
    const running = await start()
    cse.container("cse-in/CPump/more")
    await running.sweep()
    expect(await cse.instance("cse-in/CPump/more", "more")).toEqual([RSC.ok])
    await cse.remove(DATA)
    cse.resources.get("cse-in/CPump/more")!["lbl"] = []
    await running.sweep()
    expect(running.status().containers).toBe(0)
  })

  it("are made anew at once where somebody deletes one: the CSE tells so", async () => {
    await start()
    const { ri } = cse.resources.get(SUB)!
    await cse.remove(SUB)
    await eventually(() => cse.resources.get(SUB)?.ri ?? ri).not.toBe(ri)
    await eventually(() => adapter!.status().behind).toBe(0)
    expect(await cse.instance(DATA, "after")).toEqual([RSC.ok])
  })

  it("are made anew where somebody turned one to another place", async () => {
    const running = await start()
    const before = notifyAt()
    Object.assign(cse.resources.get(SUB)!, { nu: ["http://127.0.0.1:1/elsewhere"] })
    await running.sweep()
    expect(notifyAt()).toBe(before)
  })

  it("and everything else are made again where the CSE has forgotten all, and what was made meanwhile is read", async () => {
    const running = await start()
    cse.resources.delete(SUB)
    cse.resources.delete(`cse-in/${AE}`)
    await cse.instance(DATA, "while nobody listened")
    await running.sweep()
    expect(await cse.instance(DATA, "afterwards")).toEqual([RSC.ok])
    expect(taking.texts).toEqual(["while nobody listened", "afterwards"])
  })

  it("that a container refuses keep the others from nothing", async () => {
    cse.container("cse-in/CPump/closed")
    cse.refuse = (method, path) =>
      method === "POST" && path.includes("/closed") ? RSC.originatorHasNoPrivilege : undefined
    const running = await start()
    expect(running.status()).toMatchObject({ connection: "subscribed", containers: 2, refusing: 1, waits: null })
    expect(problems).toContain("subscription below cse-in/CPump/closed: the CSE answers 4103: the test says so")
    expect(await cse.instance(DATA, "open")).toEqual([RSC.ok])
  })
})

describe("attacks of the communication layer", () => {
  const event = (cin: Record<string, unknown>) => ({
    "m2m:sgn": { sur: `/id-in/${cse.resources.get(SUB)!.ri}`, nev: { net: 3, rep: { "m2m:cin": cin } } },
  })
  const forged = (rest: Record<string, unknown> = {}) =>
    event({ ri: "cinForged", pi: cse.resources.get(DATA)!.ri, st: 1, ct: "20261123T080938", con: "forged", ...rest })

  it("a forged originator is refused", async () => {
    const running = await start()
    for (const origin of ["CPump", "CAdmin", "/id-mn"])
      expect(await cse.notify(notifyAt(), forged(), { "x-m2m-origin": origin })).toBe(RSC.originatorHasNoPrivilege)
    expect(taking.all).toEqual([])
    expect(running.status().refused.originator).toBe(3)
  })

  it("a repeated request identifier is answered as before where it is the same, and refused where it is another", async () => {
    const running = await start()
    const headers = { "x-m2m-ri": "same" }
    expect(await cse.notify(notifyAt(), forged(), headers)).toBe(RSC.ok)
    expect(await cse.notify(notifyAt(), forged(), headers)).toBe(RSC.ok)
    expect(await cse.notify(notifyAt(), forged({ con: "other" }), headers)).toBe(RSC.badRequest)
    expect(taking.texts).toEqual(["forged"])
    expect(running.status().refused.repeated).toBe(1)
  })

  it("a captured request is refused later", async () => {
    const running = await start()
    const headers = { "x-m2m-ot": "20201123T080938,674810" }
    expect(await cse.notify(notifyAt(), forged(), headers)).toBe(RSC.badRequest)
    expect(running.status().refused.stale).toBe(1)
  })

  it("a subscription that is not ours cannot be turned to the adapter", async () => {
    const running = await start()
    const wanted = { "m2m:sgn": { vrq: true, sur: "/id-in/subElse", cr: "CStranger" } }
    expect(await cse.notify(notifyAt(), wanted)).toBe(RSC.notFound)
    const reported = {
      "m2m:sgn": { sur: "/id-in/subElse", nev: { net: 3, rep: { "m2m:cin": { ri: "c", pi: "p", con: "x" } } } },
    }
    expect(await cse.notify(notifyAt(), reported)).toBe(RSC.notFound)
    expect(running.status().refused.subscription).toBe(2)
    expect(taking.all).toEqual([])
  })

  it("an instance of another container, reported by a subscription of this one, is not taken", async () => {
    await start()
    await cse.notify(notifyAt(), forged({ pi: "cntElse" }))
    expect(taking.all).toEqual([])
  })

  it("a guessed id with other bytes keeps no instance out, and the change is reported", async () => {
    const running = await start()
    cse.tells = false
    await cse.instance(DATA, "true")
    const cin = [...cse.resources.values()].find(({ ty }) => ty === 4)!
    await cse.notify(notifyAt(), event({ ...cin, con: "false" }))
    expect(await cse.notify(notifyAt(), event(cin))).toBe(RSC.ok)
    expect(taking.texts).toEqual(["false", "true"])
    expect(running.status().changed).toBe(1)
  })

  it("instances that the CSE drops are reported, and hold up nothing", async () => {
    const running = await start()
    await cse.instance(DATA, "one")
    cse.resources.get(DATA)!["st"] = 5
    expect(await cse.instance(DATA, "six")).toEqual([RSC.ok])
    expect(taking.texts).toEqual(["one", "six"])
    expect(running.status().gaps).toBe(4)
  })

  it("instances in another order than they were made go to the log in theirs", async () => {
    await start()
    cse.tells = false
    for (const con of ["one", "two", "three"]) await cse.instance(DATA, con)
    const made = [...cse.resources.values()].filter(({ ty }) => ty === 4)
    const codes = await Promise.all(made.toReversed().map((cin) => cse.notify(notifyAt(), event(cin))))
    expect(codes).toEqual([RSC.ok, RSC.ok, RSC.ok])
    expect(taking.texts).toEqual(["one", "two", "three"])
  })
})

describe("faults", () => {
  it("waits for a CSE that does not answer, says so, and goes on", async () => {
    const running = await start()
    cse.refuse = () => RSC.internalServerError
    await expect(running.sweep()).rejects.toThrow("the CSE answers 5000")
    expect(running.status().connection).toBe("refused")
    expect(running.notReady()).toContain("the CSE answers 5000")
    cse.refuse = () => undefined
    await running.sweep()
    expect(running.notReady()).toBeNull()
  })

  it("leaves to the CSE what is not durable at the end", async () => {
    const running = await start()
    const open = Promise.withResolvers<void>()
    taking.gate = open.promise
    const reported = cse.instance(DATA, "one")
    await eventually(() => running.status().underWay).toBe(1)
    const stopping = running.stop()
    open.resolve()
    await stopping
    // It was being handed over, and is durable: the CSE hears so.
    expect(await reported).toEqual([RSC.ok])
    adapter = null
  })
})

/** The story of the guide: a user's own devices on an own node, step by step. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { readKey } from "@assay/cli/keys"
import { assay, assayUntil, type Done, type Node, signMany, startNode } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const AUD = "https://plant.example/historian/line-1"
const DOMAIN = "https://plant.example/"
const NODE_ARGS = ["--data", "plant/data", "--roots", "plant/roots.json"]
const STEP_MS = 90_000
const DECIDED_MS = 60_000
const FLOOD = 1_500

let cwd = ""
let node: Node
let pump = ""
let press = ""

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd })
const json = async <T>(...args: ReadonlyArray<string>): Promise<T> => {
  const done = await call(...args, "--json")
  expect(done.err, args.join(" ")).not.toContain("assay ")
  return JSON.parse(done.out) as T
}
const submit = async (tokens: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const done = await assay(["submit", "-", "--url", node.url], { cwd, input: tokens.join("\n") })
  expect(done).toMatchObject({ code: 0, err: "" })
  return done.out.trim().split("\n")
}
const operators = (...names: ReadonlyArray<string>): string => names.map((name) => `plant/keys/${name}.json`).join(",")
const operate = (verb: string, did: string, ...more: ReadonlyArray<string>): Promise<Done> =>
  call("quarantine", verb, did, "--aud", DOMAIN, "--url", node.url, ...more)

/** Asks again until it is decided, and the answer has `words`. */
const explain = async (origin: string, words = ""): Promise<string> => {
  const deadline = performance.now() + DECIDED_MS
  while (performance.now() < deadline) {
    const { code, out } = await call("explain", origin, "--data", "plant/data")
    if (code === 0 && out.includes(words)) return out
    await delay(20)
  }
  throw new Error(`${origin} was never decided, or never reported as ${JSON.stringify(words)}`)
}

interface Recorded {
  readonly kind: string
  readonly digest: string | null
  readonly device: string | null
  readonly decision: { readonly kind: string; readonly outcome: string } | null
  readonly count: number
  readonly reasons: ReadonlyArray<string>
  readonly detail: string | null
}
const auditRecords = async (): Promise<ReadonlyArray<Recorded>> => {
  const { code, out } = await call("tail", "audit", "--from", "0", "--no-follow", "--json", "--data", "plant/data")
  expect(code).toBe(0)
  return out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { body: Recorded }).body)
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-own-"))
  expect(await call("init", "plant")).toMatchObject({ code: 0, err: "" })
  node = await startNode(NODE_ARGS, { cwd })
}, STEP_MS)

afterAll(async () => {
  await node.stop("SIGKILL")
  rmSync(cwd, { recursive: true, force: true })
})

describe("own devices on an own node", () => {
  it("activates the bundle and the policy, and refuses the same version twice", { timeout: STEP_MS }, async () => {
    for (const item of ["bundle", "policy"]) {
      const args = [item, "activate", `plant/${item}.dsse`, "--roots", "plant/roots.json", "--url", node.url]
      const first = await call(...args)
      // On a busy machine it says that it waits.
      expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/^(waiting for [^\n]*\n)*$/) })
      expect(first.out).toContain(`accepted: version 1 of the ${item}`)
      if (item === "policy")
        expect(await call(...args)).toMatchObject({
          code: 1,
          out: expect.stringContaining("control.knowledge_version"),
        })
    }
  })

  it("makes keys and credentials for two devices, and shows them", { timeout: STEP_MS }, async () => {
    const made = await Promise.all([
      json<{ did: string }>("keygen", "--out", "pump.json"),
      json<{ did: string }>("keygen", "--out", "press.json", "--alg", "ES256", "--method", "jwk"),
    ])
    pump = made[0].did
    press = made[1].did
    expect(pump).toMatch(/^did:key:z6Mk/)
    expect(press).toMatch(/^did:jwk:/)
    await Promise.all(
      (
        [
          ["pump", pump],
          ["press", press],
        ] as const
      ).map(async ([name, did]) => {
        const facts = [
          "--vendor",
          "acme",
          "--class",
          name,
          "--measurements",
          `${name}/*=0..100`,
          "--audiences",
          `${DOMAIN}historian/*`,
          "--rate",
          "100000",
        ]
        const issued = await call(
          "credential",
          "--issuer",
          "plant/keys/issuer.json",
          "--device",
          did,
          ...facts,
          "--out",
          `${name}.vc`,
        )
        expect(issued).toMatchObject({ code: 0, err: "" })
        const shown = await call("sign", "--key", `${name}.json`, "--aud", AUD, "--present", `${name}.vc`)
        expect(shown.code).toBe(0)
        const [origin] = await submit([shown.out.trim()])
        expect(await explain(origin!)).toContain("credential-checker      pass")
      }),
    )
  })

  it("decides what the pump says, and explains it", { timeout: STEP_MS }, async () => {
    const one = await call(
      "sign",
      "--key",
      "pump.json",
      "--aud",
      AUD,
      "--name",
      "pump/flow",
      "--value",
      "21",
      "--unit",
      "m3/s",
    )
    const [first] = await submit([one.out.trim()])
    const learned = await explain(first!)
    expect(learned).toContain("annotated")
    expect(learned).toContain("anomaly.learning")

    const values = Array.from({ length: 12 }, (_, n) => 20 + (n % 3))
    const origins = await submit(signMany(cwd, "pump.json", AUD, "pump/flow", values))
    const trusted = await explain(origins.at(-1)!)
    expect(trusted).toContain("  verified")
    expect(trusted).toContain('"conduit":"field-to-historian"')
    expect(trusted).toMatch(/relied on [0-9a-f]{64}/)

    const beyond = signMany(cwd, "pump.json", AUD, "pump/flow", [500])
    const [out] = await submit(beyond)
    expect(await explain(out!)).toContain("credential.")
    const [again] = await submit(beyond)
    expect(await explain(again!)).toContain("identity.replayed")
  })

  it("quarantines, releases and revokes by operators, two where two are needed", { timeout: STEP_MS }, async () => {
    const added = await operate("add", pump, "--keys", operators("operator-1"), "--reason", "smells of smoke")
    expect(added).toMatchObject({ code: 0, err: "" })
    const listed = await call("quarantine", "list", "--data", "plant/data")
    expect(listed.out).toContain(pump)
    expect(listed.out).toContain("smells of smoke")

    const [held] = await submit(signMany(cwd, "pump.json", AUD, "pump/flow", [21]))
    expect(await explain(held!)).toContain("anomaly.device_quarantined")

    const alone = await operate("release", pump, "--keys", operators("operator-1"))
    expect(alone).toMatchObject({ code: 1, out: expect.stringContaining("control.threshold") })
    expect(await operate("release", pump, "--keys", operators("operator-1", "operator-2"))).toMatchObject({ code: 0 })
    await explain(held!, "released: annotated")

    const why = ["--reason", "found in the river"]
    const token = await operate("revoke", pump, "--keys", operators("operator-2"), ...why, "--sign-only")
    writeFileSync(join(cwd, "second"), token.out)
    const withFirst = ["--keys", operators("operator-1"), "--tokens", "second"]
    // The second operator signs the first one's text, or nothing.
    for (const [verb, ...other] of [
      ["revoke", "--reason", "another"],
      ["revoke", "--aud", "https://other.example/"],
      ["revoke", "--log", "assay-log:1:1"],
      ["release"],
    ] as const)
      expect(await operate(verb, pump, ...withFirst, ...other)).toMatchObject({
        code: 2,
        err: expect.stringContaining("operators sign the same text"),
      })
    const revoked = await operate("revoke", pump, ...withFirst)
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining("found in the river") })
    // What the first one wrote is shown to the second, who signs it.
    expect(revoked.err).toMatch(
      /signed as second says: revoke of did:key:\w+, in the log assay-log:\S+ of \S+: found in the river/,
    )
    const timeline = await call("device", pump, "--data", "plant/data")
    expect(timeline.out).toMatch(/now revoked[\s\S]*-> quarantined {2}\(quarantine by did:key:\w+: smells of smoke\)/)
    // Both names and the reason are in the record, and are shown.
    const names = ["operator-1", "operator-2"].map((name) => readKey(join(cwd, `plant/keys/${name}.json`)).did)
    expect(timeline.out).toContain(`revoke by ${names.join(" and ")}: found in the river`)
    const shown = await call("quarantine", "list", "--data", "plant/data")
    for (const word of [...names, "found in the river"]) expect(shown.out).toContain(word)
    // One command is one event, however many partitions there are.
    const commands = (await auditRecords()).filter(
      ({ kind, detail }) => kind === "control" && detail?.includes('"verb"'),
    )
    expect(commands.map(({ count, reasons }) => [count, reasons])).toEqual([
      [1, []],
      [0, ["control.threshold"]],
      [1, []],
      [1, []],
    ])
  })

  it("erases a revoked device by the roots alone, and the log stays intact", { timeout: STEP_MS }, async () => {
    const erase = (...keys: ReadonlyArray<string>): Promise<Done> =>
      call("erase", pump, "--data", "plant/data", "--aud", DOMAIN, "--url", node.url, "--keys", operators(...keys))
    expect(await erase("operator-1", "operator-2")).toMatchObject({
      code: 1,
      out: expect.stringContaining("control.roots_needed"),
    })
    expect(await erase("root-1", "root-2")).toMatchObject({ code: 0, err: "" })
    const keys = ["--key", "plant/data/vkeys"]
    await expect
      .poll(async () => (await call("verify", "plant/data", ...keys)).out, { timeout: DECIDED_MS })
      .toContain("without the pinned roots")
    const good = await call("verify", "plant/data", ...keys, "--roots", "plant/roots.json", "--streams")
    expect(good).toMatchObject({ code: 0 })
  })

  it("loses nothing and decides nothing twice when the node is killed", { timeout: STEP_MS }, async () => {
    const tokens = signMany(
      cwd,
      "press.json",
      AUD,
      "press/force",
      Array.from({ length: FLOOD }, (_, n) => 50 + (n % 5)),
    )
    writeFileSync(join(cwd, "flood"), tokens.join("\n"))
    let killed: Promise<Done> | null = null
    const cut = await assayUntil(["submit", "flood", "--url", node.url], { cwd }, () => {
      killed = node.stop("SIGKILL")
    })
    expect(await killed).toMatchObject({ code: null })
    expect(cut).toMatchObject({ code: 3, err: expect.stringContaining("were taken before it") })
    const taken = cut.out.trim().split("\n")
    expect(taken.length).toBeLessThan(FLOOD)

    node = await startNode(NODE_ARGS, { cwd })
    // What was not acknowledged is sent again, as a device does; some of it may be in already, and is then a replay.
    const rest = await submit(tokens.slice(taken.length))
    for (const origin of [taken[0]!, taken.at(-1)!, rest.at(-1)!]) await explain(origin)
    const records = (await auditRecords()).filter(
      ({ kind, device, decision }) => kind === "decision" && device === press && decision?.kind === "original",
    )
    const digests = records.map(({ digest }) => digest)
    expect(new Set(digests).size).toBe(digests.length)
    expect(digests.length).toBe(FLOOD + 1) // and the showing of its credential
  })

  it("finishes and leaves with 0 on SIGTERM; replay and doctor agree", { timeout: STEP_MS }, async () => {
    await submit(
      signMany(
        cwd,
        "press.json",
        AUD,
        "press/force",
        Array.from({ length: 200 }, () => 52),
      ),
    )
    const stopped = await node.stop("SIGTERM")
    expect(stopped.code).toBe(0)
    expect(stopped.err).toContain("the batches in hand are finished")
    const [replayed, doctored] = await Promise.all([
      json<{ decisions: number; agreed: number; differing: number }>("replay", ...NODE_ARGS),
      json<{ healthy: boolean; findings: ReadonlyArray<{ check: string; state: string }> }>("doctor", ...NODE_ARGS),
    ])
    expect(replayed.differing).toBe(0)
    expect(replayed.agreed).toBe(replayed.decisions)
    expect(replayed.decisions).toBeGreaterThan(FLOOD)
    expect(doctored.findings.filter(({ check, state }) => state === "fail" && check !== "port")).toEqual([])
  })
})

/** The shared read model beside a real node with its real stages. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { assay, type Done, type Node, signMany, startNode } from "@assay/testkit/cli"
import { canStartRedis, sayWhatIsSkipped, type TestRedis, testRedis } from "@assay/testkit/redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

sayWhatIsSkipped("packages/cli/test/commands/read-model.long.test.ts")

const AUD = "https://plant.example/historian/line-1"
const DOMAIN = "https://plant.example/"
const NODE_ARGS = ["--data", "plant/data", "--roots", "plant/roots.json"]
const STEP_MS = 120_000

interface Answer {
  readonly error?: string
  readonly source?: ReadonlyArray<string>
  readonly problem?: string
  readonly model?: {
    readonly state: string
    readonly decision: { readonly origin: string; readonly outcome: string }
    readonly zone: { readonly id: string | null } | null
    readonly quarantine: { readonly operator: string | null } | null
    readonly asOf: { readonly offset: number; readonly time: string }
  } | null
}

describe.skipIf(!canStartRedis)("the read model of a node", () => {
  let cwd = ""
  let redis: TestRedis
  let node: Node
  let pump = ""
  let env: Record<string, string> = {}

  const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd, env })
  const submit = async (tokens: ReadonlyArray<string>): Promise<string> => {
    const done = await assay(["submit", "-", "--url", node.url], { cwd, input: tokens.join("\n") })
    expect(done).toMatchObject({ code: 0, err: "" })
    return done.out.trim().split("\n").at(-1)!
  }
  const say = (...values: ReadonlyArray<number>): Promise<string> =>
    submit(signMany(cwd, "pump.json", AUD, "pump/flow", values))
  const askOf = async (did: string): Promise<Answer & { status: number }> => {
    const response = await fetch(new URL(`/v1/devices/${encodeURIComponent(did)}`, node.url))
    return { status: response.status, ...((await response.json()) as Answer) }
  }
  const ask = () => askOf(pump)
  const until = async <T>(look: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> => {
    const deadline = performance.now() + 20_000
    for (;;) {
      const answer = await look()
      if (holds(answer)) return answer
      if (performance.now() > deadline) throw new Error(`still not so: ${JSON.stringify(answer)}`)
      await delay(20)
    }
  }

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), "assay-model-"))
    redis = await testRedis()
    env = { REDIS_URL: redis.url }
    expect(await call("init", "plant")).toMatchObject({ code: 0, err: "" })
    node = await startNode(NODE_ARGS, { cwd, env })
    for (const item of ["bundle", "policy"])
      expect(
        await call(item, "activate", `plant/${item}.dsse`, "--roots", "plant/roots.json", "--url", node.url),
      ).toMatchObject({ code: 0 })
    pump = (JSON.parse((await call("keygen", "--out", "pump.json", "--json")).out) as { did: string }).did
    const facts = ["--vendor", "acme", "--class", "pump", "--measurements", "pump/*=0..100", "--rate", "100000"]
    const to = ["--audiences", `${DOMAIN}historian/*`, "--out", "pump.vc"]
    expect(
      await call("credential", "--issuer", "plant/keys/issuer.json", "--device", pump, ...facts, ...to),
    ).toMatchObject({ code: 0 })
    const shown = await call("sign", "--key", "pump.json", "--aud", AUD, "--present", "pump.vc")
    await submit([shown.out.trim()])
  }, STEP_MS)

  afterAll(async () => {
    await node?.stop("SIGKILL")
    await redis?.remove()
    rmSync(cwd, { recursive: true, force: true })
  })

  it("answers from its own state and from the model", { timeout: STEP_MS }, async () => {
    const last = await say(1, 2, 3)
    const answer = await until(ask, ({ model }) => model?.decision?.origin === last && model.zone !== null)
    expect(answer).toMatchObject({
      source: ["local", "read-model"],
      model: {
        state: "learning",
        decision: { outcome: "annotated" },
        zone: { id: expect.any(String) },
        quarantine: null,
      },
    })
    expect(await askOf("did:key:nobody")).toMatchObject({ status: 404, error: "device.unknown" })
    const metrics = async () => (await fetch(new URL("/metrics", node.url))).text()
    await until(
      metrics,
      (text) => /^assay_read_model_lag_records 0$/m.test(text) && /^assay_read_model_up 1$/m.test(text),
    )
    expect(await metrics()).toMatch(/^assay_read_model_applied_records_total [1-9]/m)
  })

  it("goes on deciding while Redis is down, and catches up", { timeout: STEP_MS }, async () => {
    await redis.kill("SIGKILL")
    const during = await say(4, 5, 6)
    expect(await until(ask, ({ problem }) => problem !== undefined)).toMatchObject({
      source: ["local"],
      model: null,
      problem: "read_model.unavailable",
    })
    expect(await askOf("did:key:nobody")).toMatchObject({ status: 503, error: "read_model.unavailable" })
    await until(
      () => call("explain", during, "--data", "plant/data"),
      ({ code }) => code === 0,
    )
    expect((await fetch(new URL("/readyz", node.url))).status).toBe(200)
    await redis.start()
    await until(ask, ({ model }) => model?.decision?.origin === during)
  })

  it("knows who is quarantined, and what the operator gave as reason", { timeout: STEP_MS }, async () => {
    const keys = ["--aud", DOMAIN, "--url", node.url, "--keys", "plant/keys/operator-1.json"]
    const added = await call("quarantine", "add", pump, ...keys, "--reason", "smells of smoke")
    expect(added).toMatchObject({ code: 0 })
    const answer = await until(ask, ({ model }) => model?.state === "quarantined")
    expect(answer.model?.quarantine).toMatchObject({ operator: "smells of smoke" })
  })

  it("is shown, and rebuilt under the running node, by command", { timeout: STEP_MS }, async () => {
    const before = await ask()
    const shown = JSON.parse((await call("read-model", "show", pump, "--data", "plant/data", "--json")).out)
    expect(shown).toEqual(before.model)
    const done = await call("read-model", "rebuild", "--data", "plant/data", "--json")
    expect(done).toMatchObject({ code: 0 })
    expect(JSON.parse(done.out)).toMatchObject({ devices: 1, unreadable: 0, lost: 0 })
    expect((await ask()).model).toEqual(before.model)
    const status = await call("read-model", "show", "--data", "plant/data")
    expect(status.out).toMatch(/read model on Redis at 127.0.0.1:\d+\/0, generation \d+/)
    expect((await call("read-model", "show", "did:key:nobody", "--data", "plant/data")).code).toBe(1)
    const again = await say(7)
    await until(ask, ({ model }) => model?.decision?.origin === again)
  })

  it.each([
    ["nonsense", /REDIS_URL is no URL/],
    ["http://127.0.0.1:19570", /REDIS_URL has the scheme http:/],
    ["redis://127.0.0.1:19570/main", /REDIS_URL names the database/],
    ["redis://:hunter2@/0", /REDIS_URL/],
  ])("refuses REDIS_URL=%s before anything starts", { timeout: STEP_MS }, async (url, says) => {
    for (const args of [
      ["run", ...NODE_ARGS],
      ["read-model", "show", "--data", "plant/data"],
    ]) {
      const done = await assay(args, { cwd, env: { REDIS_URL: url } })
      expect(done.code).toBe(2)
      expect(done.err).toMatch(says)
      expect(done.err).not.toContain("hunter2")
    }
  })

  it("says what is missing", { timeout: STEP_MS }, async () => {
    expect(await assay(["read-model", "show", "--data", "plant/data"], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining("REDIS_URL is not set"),
    })
    const nobody = await assay(["read-model", "show", "--data", "plant/data"], {
      cwd,
      env: { REDIS_URL: "redis://127.0.0.1:1" },
    })
    expect(nobody).toMatchObject({ code: 3, err: expect.stringContaining("127.0.0.1:1/0 does not answer") })
    expect(await call("read-model", "erase")).toMatchObject({ code: 2 })
    expect(await call("read-model", "--help")).toMatchObject({ code: 0 })
  })
})

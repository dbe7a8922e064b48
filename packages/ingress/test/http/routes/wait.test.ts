/** `POST /v1/messages?wait=SECONDS`: decisions are written to the log here as the stages write them. */
import { partitionOf } from "@assay/log"
import { encodeAudit, encodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { SAMPLES } from "@assay/testkit/samples"
import type { Origin, Outcome } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { as, call, NDJSON, post, rig, submitted, useIngress } from "../support.ts"

useIngress()

const KEY = Buffer.from("k")
const decide = (origin: Origin, outcome: Outcome): Promise<unknown> => {
  const { partition } = origin
  if (outcome === "rejected") {
    const record = { ...SAMPLES["rejected-record.v3.head"], origin, reasons: ["identity.replayed" as const] }
    return rig.log.append({ stream: STREAMS.rejected, partition }, [{ key: KEY, value: encodeRejected(record) }])
  }
  const sample = SAMPLES["audit-event.v2.decision"]
  const event = { ...sample, origin, decision: { ...sample.decision!, outcome, kind: "original" as const } }
  return rig.log.append({ stream: STREAMS.audit, partition }, [{ key: KEY, value: encodeAudit(event) }])
}

/** Where messages lie that name no issuer. */
const home = (): number => partitionOf(Buffer.from(""), rig.log.partitions)

/** Sends, and decides what came in as the outcomes say: the answer comes after that. */
const answered = async (
  path: string,
  body: string,
  headers: Record<string, string>,
  outcomes: ReadonlyArray<Outcome>,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
  const partition = home()
  const at = { stream: STREAMS.submitted, partition }
  const { end } = await rig.log.bounds(at)
  const answer = post(path, body, headers)
  await rig.log.waitFor(at, end + outcomes.length - 1, AbortSignal.timeout(30_000))
  for (const [nth, outcome] of outcomes.entries())
    await decide({ epoch: rig.log.epoch, partition, offset: end + nth }, outcome)
  const given = await answer
  return { status: given.status, body: (await given.json()) as Record<string, unknown> }
}

describe("a call that waits", () => {
  it.each<[Outcome, string]>([
    ["verified", "taken"],
    ["annotated", "taken"],
    ["quarantined", "held"],
    ["rejected", "held"],
  ])("hears of what is %s that it is %s, and no more", async (outcome, receipt) => {
    const { status, body } = await answered("/v1/messages?wait=30", "a.b.c\n", as("gateway"), [outcome])
    expect(status).toBe(202)
    expect(body).toMatchObject({ receipt })
    expect(Object.keys(body).sort()).toEqual(["origin", "receipt"])
  })

  it("hears of each message of a stream, in order", async () => {
    const headers = { ...as("gateway"), ...NDJSON }
    const { body } = await answered("/v1/messages?wait=30", "a.b.c\nd.e.f\n", headers, ["quarantined", "verified"])
    expect(body).toMatchObject({ accepted: 2, outcomes: [{ receipt: "held" }, { receipt: "taken" }] })
  })

  it("hears the reasons where it has the right to read", async () => {
    const both = { authorization: "Bearer explainer-secret" }
    const { body } = await answered("/v1/messages?wait=30", "a.b.c", both, ["rejected"])
    expect(body).toMatchObject({
      receipt: "held",
      decision: { outcome: "rejected", reasons: ["identity.replayed"] },
    })
  })

  it("hears after its time that nothing is decided yet, and has its origin all the same", async () => {
    const answer = await post("/v1/messages?wait=1", "a.b.c", as("gateway"))
    expect(answer.status).toBe(202)
    expect(await answer.json()).toMatchObject({ receipt: null, origin: { partition: home() } })
  })

  it.each(["0", "241", "1.5", "", "soon"])("with wait=%s is refused, and nothing is taken", async (wait) => {
    const before = await submitted()
    const answer = await call(`/v1/messages?wait=${wait}`, { method: "POST", body: "a.b.c", headers: as("gateway") })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: "http.wait" })
    expect(await submitted()).toBe(before)
  })

  it("is one of 64: one more is answered at once", { timeout: 60_000 }, async () => {
    const waiting = Array.from({ length: 64 }, () => post("/v1/messages?wait=30", "a.b.c", as("gateway")))
    await expect.poll(() => rig.metrics.submitted, { timeout: 30_000 }).toBe(64)
    const one = await post("/v1/messages?wait=30", "a.b.c", as("gateway"))
    expect(await one.json()).toMatchObject({ receipt: null })
    const { end } = await rig.log.bounds({ stream: STREAMS.submitted, partition: home() })
    for (let offset = end - 65; offset < end; offset++)
      await decide({ epoch: rig.log.epoch, partition: home(), offset }, "verified")
    for (const answer of await Promise.all(waiting)) expect(await answer.json()).toMatchObject({ receipt: "taken" })
  })
})

describe("a line end behind a message", () => {
  it.each(["a.b.c\n", "a.b.c\r\n"])("is none of it: %j", async (body) => {
    const answer = await post("/v1/messages", body, as("gateway"))
    const { origin } = (await answer.json()) as { readonly origin: Origin }
    const at = { stream: STREAMS.submitted, partition: origin.partition }
    const [record] = await rig.log.read(at, origin.offset, 1, 1)
    expect(Buffer.from(record!.value).toString("latin1")).toMatch(/a\.b\.c(?![\r\n])/)
  })

  it.each(["\n", "\r\n"])("alone is no message: %j", async (body) => {
    expect((await post("/v1/messages", body, as("gateway"))).status).toBe(400)
  })
})

/** Items of knowledge over HTTP: their signatures are checked before anything of them is stored. */
import { signBundle } from "@assay/knowledge"
import { STREAMS } from "@assay/streams"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { as, call, rig, submitted, useIngress } from "../support.ts"

useIngress()

const [a, b, stranger] = [actor(), actor("ES256"), actor()]
const ROOTS = { roots: [a.did, b.did], threshold: 2 }
const BUNDLE = bundleOf(actor())
const bundle = (...signers: ReadonlyArray<Actor>) => signBundle(BUNDLE, signers)

const publish = async (kind: string, body: Uint8Array) => {
  const answer = await call(`/v1/admin/knowledge/${kind}`, {
    method: "POST",
    body: Buffer.from(body),
    headers: { ...as("admin"), prefer: "wait=1" },
  })
  return { status: answer.status, ...((await answer.json()) as { error?: string; message?: string }) }
}

const stored = async (stream: string): Promise<number> => {
  let count = 0
  for (let partition = 0; partition < rig.log.partitions; partition++)
    count += (await rig.log.bounds({ stream, partition })).end
  return count
}

describe("an item of knowledge", () => {
  it.each<[string, string, Uint8Array, string]>([
    ["of one root", "bundle", bundle(a), "control.knowledge_unsigned"],
    ["of a root and a stranger", "bundle", bundle(a, stranger), "control.knowledge_unsigned"],
    ["of another kind", "policy", bundle(a, b), "control.knowledge_malformed"],
    ["that is none", "bundle", Buffer.from("{}"), "control.knowledge_malformed"],
  ])("%s is refused, and nothing of it is stored", async (_, kind, body, error) => {
    rig.authority = { roots: ROOTS, bundle: null }
    expect(await publish(kind, body)).toMatchObject({ status: 400, error, message: expect.stringMatching(/./) })
    for (const stream of Object.values(STREAMS)) expect(await stored(stream), stream).toBe(0)
  })

  it("rightly signed goes to every partition, to be judged there; its body is recorded by whoever decides", async () => {
    rig.authority = { roots: ROOTS, bundle: null }
    expect(await publish("bundle", bundle(a, b))).toMatchObject({ status: 202 })
    expect(await submitted()).toBe(rig.log.partitions)
    expect(await stored(STREAMS.knowledge)).toBe(0)
  })

  it("is not taken where nothing can be checked", async () => {
    const before = await submitted()
    expect(await publish("bundle", bundle(a, b))).toMatchObject({ status: 503, error: "knowledge.not_ready" })
    expect(await submitted()).toBe(before)
  })
})

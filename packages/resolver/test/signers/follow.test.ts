/** Issuers and operators that a resolver follows: who they are, when their documents are looked at, and when they are handed in. */
import type { DidDocumentBody } from "@assay/knowledge"
import { actor, bundleOf } from "@assay/testkit/actors"
import type { RegistryAnswer, RegistryAnswers, TrustBundle } from "@assay/trust"
import { expect, it } from "vitest"
import { Schedule } from "../../src/schedule/schedule.ts"
import { Signers } from "../../src/signers/follow.ts"

const START = Date.UTC(2026, 5, 1)
const [MINUTE, HOUR] = [60_000, 3_600_000]
const DID = "did:web:issuer.example"
const maker = actor()
const REGISTRY = "https://registry.example/"

const bundle = (dids: ReadonlyArray<string>, version = 1): TrustBundle => {
  const body = bundleOf(maker, { version })
  return {
    ...body,
    issuers: dids.map((did) => ({ ...body.issuers[0]!, did })),
    registries: [{ authority: REGISTRY } as never],
  }
}
const rig = () => {
  const clock = { now: START }
  const schedule = new Schedule({
    softMs: 6 * HOUR,
    hostPerMinute: 600,
    principalPerMinute: 60,
    maximum: 100,
    random: () => 0,
  })
  const signers = new Signers({ schedule, everyMs: 5 * MINUTE, softMs: 6 * HOUR, now: () => clock.now })
  return { clock, schedule, signers, due: () => schedule.take(clock.now) }
}
const body = (checked: number, published = "{}"): DidDocumentBody => ({
  did: DID,
  checked,
  expires: checked + 72 * HOUR,
  published,
  witness: null,
})
const answers = (...dids: ReadonlyArray<string>): RegistryAnswers => ({
  authority: REGISTRY,
  framework: "urn:f",
  checked: START,
  expires: START + HOUR,
  answers: dids.map((entity) => ({ query: "authorization", entity, holds: true }) as RegistryAnswer),
})

it("those of the bundle are looked at at once, and those whose DID is their key never", () => {
  const { signers, due } = rig()
  signers.trust(bundle([maker.did, DID]))
  expect([signers.size, signers.has(DID), signers.has(maker.did)]).toEqual([1, true, false])
  expect([due(), due()]).toEqual([DID, null])
})

it("a document is handed in where it is new, and where it has been the same for the soft age", () => {
  const { clock, signers, due } = rig()
  signers.trust(bundle([DID]))
  due()
  expect(signers.isNews(body(clock.now))).toBe(true)
  signers.handedIn(body(clock.now))
  clock.now += 5 * MINUTE
  expect(due()).toBe(DID)
  expect(signers.isNews(body(clock.now))).toBe(false)
  expect(due()).toBeNull()
  clock.now += 5 * MINUTE
  expect(due()).toBe(DID)
  expect(signers.isNews(body(clock.now, "another"))).toBe(true)
  expect(signers.isNews(body(START + 6 * HOUR))).toBe(true)
})

it("what another resolver has handed in is not handed in again", () => {
  const { clock, signers, due } = rig()
  signers.trust(bundle([DID]))
  due()
  signers.inForce(body(clock.now - MINUTE))
  expect(signers.isNews(body(clock.now))).toBe(false)
})

it("who is dropped from the bundle is followed no more; a partition that is behind drops nobody", () => {
  const { clock, signers, due } = rig()
  signers.trust(bundle([DID], 2))
  signers.trust(bundle([], 1))
  signers.trust(null)
  expect(signers.has(DID)).toBe(true)
  signers.trust(bundle([], 3))
  clock.now += HOUR
  expect([signers.has(DID), due()]).toEqual([false, null])
})

it("issuers that a registry of the bundle authorizes are followed too, for as long as it does", () => {
  const { signers, due } = rig()
  signers.answered(answers(DID, maker.did))
  expect(signers.size).toBe(0)
  signers.trust(bundle([]))
  expect(due()).toBe(DID)
  signers.answered(answers())
  expect(signers.size).toBe(0)
})

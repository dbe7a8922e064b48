import { itemKey, knowledgeOf } from "@assay/trust"
import { expect, it } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import { expiryEvents } from "../../src/events/expiry.ts"

const DAY = 86_400_000
const bundleOf = (expires: number, lists: ReadonlyArray<{ id: string; issued: number; maxAgeMs: number }>) => {
  const active = { hash: `h${expires}`, version: 2, expires, body: { statusLists: lists } as never }
  return knowledgeOf(new Map([[itemKey("bundle", ""), active]]))
}

const watch = (inForce: () => ReadonlyArray<ReturnType<typeof bundleOf>>) => {
  const said: Array<NodeEvent> = []
  const clock = { now: 0 }
  const look = expiryEvents(
    (event) => said.push(event),
    inForce,
    () => clock.now,
  )
  return {
    said,
    at: (...times: ReadonlyArray<number>) =>
      times.forEach((now) => {
        clock.now = now
        look()
      }),
  }
}

it("knowledge that runs out is said two weeks before, a day before, and when it has; once for all partitions", () => {
  let knowledge = bundleOf(100 * DAY, [])
  const { said, at } = watch(() => [knowledge, knowledge])
  at(0, 86 * DAY - 1)
  expect(said).toEqual([])
  at(86 * DAY, 90 * DAY, 99 * DAY, 99.5 * DAY, 100 * DAY, 101 * DAY)
  expect(said.map(({ code, details }) => [code, details?.["item"], details?.["version"]])).toEqual([
    ["knowledge.expiring", "bundle", 2],
    ["knowledge.expiring", "bundle", 2],
    ["knowledge.expired", "bundle", 2],
  ])
  expect(said.map(({ message }) => message)).toEqual([
    "the trust bundle of version 2 expires in 14 days, at 1970-04-11T00:00:00.000Z",
    "the trust bundle of version 2 expires in 24 hours, at 1970-04-11T00:00:00.000Z",
    "the trust bundle of version 2 expired at 1970-04-11T00:00:00.000Z: nothing is verified until it is replaced",
  ])
  knowledge = bundleOf(400 * DAY, [])
  at(102 * DAY)
  expect(said).toHaveLength(3)
})

it("status lists are said in the last quarter of their age and when they are past it, in one line for many", () => {
  const lists = Array.from({ length: 30 }, (_, n) => ({
    id: `https://issuer.example/${n}`,
    issued: 0,
    maxAgeMs: 4_000,
  }))
  const { said, at } = watch(() => [bundleOf(100 * DAY, lists)])
  at(0, 2_999)
  expect(said).toEqual([])
  at(3_000, 3_500, 4_000, 9_000)
  expect(said.map(({ code, details }) => [code, details?.["count"]])).toEqual([
    ["status_list.expiring", 30],
    ["status_list.expired", 30],
  ])
  expect(said[1]!.details!["lists"]).toHaveLength(5)
  expect(said[1]!.details!["lists"]).toContainEqual({
    list: "the status list https://issuer.example/0",
    expires: "1970-01-01T00:00:04.000Z",
  })
})

it("answers of trust registries that nobody renews are said by a name of their own", () => {
  const authority = "https://registry.example/"
  const body = { authority, checked: 0, expires: 4_000 } as never
  const items = new Map([[itemKey("trust-registry", authority), { hash: "r", version: 1, expires: 4_000, body }]])
  const { said, at } = watch(() => [knowledgeOf(items)])
  at(0, 2_999, 3_000, 3_500, 4_000, 9_000)
  expect(said.map(({ code, message }) => [code, message])).toEqual([
    ["renewal.due", "1 items that resolvers renew are in the last quarter of their maximum age"],
    ["renewal.missed", "1 items that resolvers renew are past their maximum age"],
  ])
  expect(said[1]!.details!["items"]).toEqual([
    { item: `what the registry ${authority} answered`, expires: "1970-01-01T00:00:04.000Z" },
  ])
})

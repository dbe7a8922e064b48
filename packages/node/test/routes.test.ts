/** Routes come from the parts, and no two of them answer the same call. */
import type { Route } from "@assay/ingress"
import { ConfigurationError } from "@assay/settings"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { giveRoutes, Routes, routesLayer } from "../src/layers/routes.ts"
import { routeTable } from "../src/routes.ts"

const route = (path: string, method: Route["method"] = "GET"): Route => ({
  method,
  path,
  right: "read",
  handle: () => ({ status: 200, body: {} }),
})

it("has what every part gave", () => {
  const table = routeTable()
  table.add("one", [route("/a"), route("/b")])
  table.add("two", [route("/a", "POST"), route("/b/{name}")])
  expect(table.all().map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /a",
    "GET /b",
    "POST /a",
    "GET /b/{name}",
  ])
})

it("refuses a second route for the same calls, and names both parts", () => {
  const table = routeTable()
  table.add("devices", [route("/v1/devices/{did}")])
  expect(() => table.add("inventory", [route("/v1/devices/{id}")])).toThrow(ConfigurationError)
  expect(() => table.add("inventory", [route("/v1/devices/all")])).toThrow(
    "GET /v1/devices/all of inventory and GET /v1/devices/{did} of devices would answer the same calls",
  )
  expect(table.all()).toHaveLength(1)
})

it("keeps a process from starting", async () => {
  const parts = Layer.effectDiscard(giveRoutes("second", [route("/x")])).pipe(
    Layer.provideMerge(Layer.effectDiscard(giveRoutes("first", [route("/x")]))),
    Layer.provideMerge(routesLayer),
  )
  const exit = await Effect.runPromiseExit(Effect.provide(Routes, parts))
  expect(Exit.isFailure(exit) && JSON.stringify(exit.cause)).toContain("ConfigurationError")
})

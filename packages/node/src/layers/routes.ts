/** Routes: what the process serves over HTTP. Each layer gives the routes of what it opened; the ingress serves them all. */
import type { Route } from "@assay/ingress"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { type RouteTable, routeTable } from "../routes.ts"

export class Routes extends Context.Service<Routes, RouteTable>()("assay/Routes") {}

export const routesLayer = Layer.sync(Routes, routeTable)

/** Fails with ConfigurationError where another part has a route for the same calls. */
export const giveRoutes = (part: string, routes: ReadonlyArray<Route>) =>
  Effect.flatMap(Routes, (table) => attempt(async () => table.add(part, routes)))

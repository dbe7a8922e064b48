/** The routes as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0), made from what each says of itself. */
import type { Right } from "../core/rights.ts"
import type { Route, RouteDoc } from "./route.ts"

/** Of the document: routes under /v1 stay what they are. */
const API_VERSION = "1"

const NAMED = /\{(\w+)\}/g

/** What a caller may meet on any route that asks for a right, beside what the route itself answers. */
const REFUSALS: Readonly<Record<string, string>> = {
  "400": "The call is wrong: correct it",
  "401": "Nobody we know: send a known bearer token or client certificate",
  "403": "The caller lacks the right that the route needs",
  "408": "Nothing of the body came in time",
  "413": "The body is too large",
  "429": "Over the quota, or the pipeline is behind: come again after `retry-after` seconds",
  "503": "The node cannot do this now: come again after `retry-after` seconds",
}
const FROM_BODIES: ReadonlySet<string> = new Set(["408", "413", "429"])

const refusalsOf = ({ right, method }: Route): ReadonlyArray<readonly [status: string, text: string]> =>
  right === null ? [] : Object.entries(REFUSALS).filter(([status]) => method === "POST" || !FROM_BODIES.has(status))

const errorAnswer = (description: string) => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
})

const answersOf = (route: Route, { answers, gives = "application/json" }: RouteDoc) => ({
  ...Object.fromEntries(refusalsOf(route).map(([status, text]) => [status, errorAnswer(text)])),
  ...Object.fromEntries(
    Object.entries(answers).map(([status, description]) => [status, { description, content: { [gives]: {} } }]),
  ),
})

const parametersOf = ({ path }: Route, { query = {} }: RouteDoc) => [
  ...[...path.matchAll(NAMED)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  })),
  ...Object.entries(query).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "integer" },
  })),
]

const rightsOf = (right: Right | null) => (right === null ? [] : [{ token: [] }, { certificate: [] }])

/** `postV1Messages`: unique, since no two routes answer the same call. */
const operationIdOf = ({ method, path }: Route): string =>
  path
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "")
    .reduce((id, part) => id + part[0]!.toUpperCase() + part.slice(1), method.toLowerCase())

const operationOf = (route: Route, doc: RouteDoc) => {
  const parameters = parametersOf(route, doc)
  return {
    operationId: operationIdOf(route),
    summary: doc.summary,
    ...(route.right === null
      ? {}
      : { description: `Needs the right \`${route.right}\`.`, "x-assay-right": route.right }),
    security: rightsOf(route.right),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(doc.takes === undefined
      ? {}
      : { requestBody: { required: true, content: Object.fromEntries(doc.takes.map((type) => [type, {}])) } }),
    responses: answersOf(route, doc),
  }
}

/** Of the routes that say something of themselves; a test holds those of a node to it. */
export const openApiOf = (routes: ReadonlyArray<Route>): object => {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (route.doc === undefined) continue
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, route.doc) }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Assay", version: API_VERSION, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" }, certificate: { type: "mutualTLS" } },
      schemas: {
        Error: {
          type: "object",
          required: ["error", "message"],
          properties: {
            error: { type: "string", description: "A stable code" },
            message: { type: "string", description: "For people: what to do" },
          },
        },
      },
    },
  }
}

/** `GET /v1/openapi.json`. @param routes all of the server, this one too */
export const openApiRoute = (routes: () => ReadonlyArray<Route>): Route => ({
  method: "GET",
  path: "/v1/openapi.json",
  right: null,
  doc: { summary: "This document", answers: { 200: "An OpenAPI 3.1 document of the routes of this node" } },
  handle: () => ({ status: 200, body: openApiOf(routes()) }),
})

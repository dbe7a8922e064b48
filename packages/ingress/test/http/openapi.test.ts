/** The document over the routes of a real server. */
import { describe, expect, it } from "vitest"
import { openApiOf } from "../../src/http/openapi.ts"
import type { Route } from "../../src/http/route.ts"
import { routes, useIngress } from "./support.ts"

useIngress()

interface Operation {
  readonly operationId: string
  readonly security: ReadonlyArray<object>
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}
const documentOf = (of: ReadonlyArray<Route>): Document => JSON.parse(JSON.stringify(openApiOf(of))) as Document

describe("the OpenAPI document", () => {
  it("has each route, its right, its body and its answers", () => {
    const all = routes()
    const { openapi, paths } = documentOf(all)
    expect(openapi).toBe("3.1.0")
    for (const { method, path, right, doc } of all) {
      const operation = paths[path]?.[method.toLowerCase()]
      expect({ path, isThere: operation !== undefined }).toEqual({ path, isThere: true })
      expect(operation!.security.length > 0).toBe(right !== null)
      expect(operation!.requestBody !== undefined).toBe(method === "POST")
      expect(Object.keys(operation!.responses)).toEqual(expect.arrayContaining(Object.keys(doc!.answers)))
      if (right !== null) for (const status of ["401", "403"]) expect(operation!.responses).toHaveProperty(status)
    }
  })

  it("names each operation once, and each part of a path as a parameter", () => {
    const { paths } = documentOf(routes())
    const operations = Object.values(paths).flatMap((each) => Object.values(each))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const [path, each] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters = [] } of Object.values(each))
        expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(named)
    }
  })

  it("refers to nothing that it does not have, and describes every answer (OpenAPI 3.1, 4.8.17)", () => {
    const document = documentOf(routes())
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(document.components).toHaveProperty(["schemas", name!])
    for (const each of Object.values(document.paths))
      for (const { responses } of Object.values(each))
        for (const { description } of Object.values(responses)) expect(description).not.toBe("")
  })
})

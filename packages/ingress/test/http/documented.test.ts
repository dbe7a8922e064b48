/** docs/guides/http-api.md lists every route of a node, with the right that it needs, and no other. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { routes, useIngress } from "./support.ts"

useIngress()

const GUIDE = new URL("../../../../docs/guides/http-api.md", import.meta.url)

it("every route has its row in the guide", () => {
  const rows = [...readFileSync(GUIDE, "utf8").matchAll(/^\| `([A-Z]+ \/\S*)` \| (\w+) \|/gm)]
  const documented = rows.map(([, name, right]) => `${name} ${right}`).sort()
  const served = routes().map(({ method, path, right }) => `${method} ${path} ${right ?? "none"}`)
  expect(served.sort()).toEqual(documented)
})

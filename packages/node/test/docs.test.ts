/** The guides say what the code says. `npm run docs:generate` writes them. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { PAGES } from "../src/docs.ts"

it.each(PAGES)("$path is as it would be written", ({ path, write }) => {
  const page = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
  expect(page === write(page), `${path} is out of date: npm run docs:generate`).toBe(true)
})

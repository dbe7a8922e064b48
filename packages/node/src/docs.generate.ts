/** Writes the tables of the guides that come from code. */
import { readFileSync, writeFileSync } from "node:fs"
import { PAGES } from "./docs.ts"

for (const { path, write } of PAGES) {
  const file = new URL(`../../../${path}`, import.meta.url)
  writeFileSync(file, write(readFileSync(file, "utf8")))
}

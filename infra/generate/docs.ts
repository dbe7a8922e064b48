/** `npm run docs:generate`: the tables of the guides that come from code. A test holds the pages to them. */
import { readFileSync, writeFileSync } from "node:fs"
import { PAGES } from "@assay/node/docs"
import { type Command, main } from "../local/command.ts"

const ROOT = new URL("../../", import.meta.url)

export const docs: Command = {
  name: "docs:generate",
  summary: "Writes the tables of docs/guides that come from declarations; what is right already is left as it is.",
  options: {},
  async run() {
    const written = PAGES.filter(({ path, write }) => {
      const file = new URL(path, ROOT)
      const before = readFileSync(file, "utf8")
      const after = write(before)
      if (after !== before) writeFileSync(file, after)
      return after !== before
    }).map(({ path }) => path)
    return { value: { written }, lines: written.map((path) => `wrote ${path}`) }
  },
}

if (import.meta.main) await main(docs)

/** `--allow`: the hosts that a program may ask. */
import { existsSync } from "node:fs"
import { hostsOf } from "@assay/resolver"
import { type Arguments, UsageError } from "./command.ts"
import { readInput } from "./files.ts"

/** The lines of a file, or the list of the call itself. @throws UsageError */
export const allowedHosts = (given: Arguments) => {
  const text = given.required("allow")
  const lines = existsSync(text) ? readInput(text, "the hosts").toString("utf8").split("\n") : text.split(",")
  try {
    return hostsOf(lines.map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== ""))
  } catch (cause) {
    throw new UsageError(`--allow: ${(cause as Error).message}`)
  }
}

/**
 * Golden records: `schemas/golden/<schema>.v<version>.<variant>.bin` as written by the version that its name says, and
 * the value it holds as JSON beside it. Running this file adds what is missing; it never touches a record that is there.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { SAMPLES } from "@assay/testkit/samples"
import { RECORDS } from "./records.ts"

export const GOLDEN = new URL("../golden/", import.meta.url)

/** JSON text of a value; bytes as `{"base64": ...}`. */
export const toJson = (value: unknown): string =>
  `${JSON.stringify(
    value,
    function (this: Record<string, unknown>, key, replaced) {
      // Buffer.toJSON has run by now: look at the member itself.
      const member = this[key]
      return member instanceof Uint8Array ? { base64: Buffer.from(member).toString("base64") } : replaced
    },
    2,
  )}\n`

export const goldenNames = (): ReadonlyArray<string> =>
  readdirSync(GOLDEN)
    .filter((file) => file.endsWith(".bin"))
    .map((file) => file.slice(0, -".bin".length))
    .sort()

export const goldenRecord = (name: string): Buffer => readFileSync(new URL(`${name}.bin`, GOLDEN))
export const goldenJson = (name: string): string => readFileSync(new URL(`${name}.json`, GOLDEN), "utf8")

if (import.meta.main) {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const codec = RECORDS.find((record) => record.name === name.split(".")[0])
    if (codec === undefined || existsSync(new URL(`${name}.bin`, GOLDEN))) continue
    writeFileSync(new URL(`${name}.bin`, GOLDEN), codec.encode(sample))
    writeFileSync(new URL(`${name}.json`, GOLDEN), toJson(sample))
  }
}

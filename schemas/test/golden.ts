/**
 * Golden records: `schemas/golden/<schema>.v<version>.<variant>.bin` as written by the version that its name says, and
 * the value it holds as JSON beside it. A state is written by its service, without a header; beside its record lies the
 * schema of its writer. Running this file adds what is missing; it never touches a record that is there.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { SAMPLES } from "@assay/testkit/samples"
import avro from "avsc"
import fc from "fast-check"
import { schemaOf } from "../src/index.ts"
import { arbitraryOf } from "./arbitrary.ts"
import { avroOf, RECORDS } from "./records.ts"

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

/** Schemas of the stages' states, each owned by its service. */
export const stateNames = (): ReadonlyArray<string> =>
  readdirSync(new URL("../avsc/", import.meta.url))
    .filter((file) => file.startsWith("state-") && file.endsWith(".avsc"))
    .map((file) => file.slice(0, -".avsc".length))
    .sort()

export const isState = (golden: string): boolean => golden.startsWith("state-")

/** Reads a state's golden record with the present schema, as a service that was upgraded does. */
export const readState = (golden: string): unknown => {
  const present = avroOf(golden.split(".")[0]!)
  const writer = avro.Type.forSchema(JSON.parse(readFileSync(new URL(`${golden}.avsc`, GOLDEN), "utf8")), {
    wrapUnions: "auto",
  })
  return present.fromBuffer(goldenRecord(golden), present.createResolver(writer))
}

export const goldenRecord = (name: string): Buffer => readFileSync(new URL(`${name}.bin`, GOLDEN))
export const goldenJson = (name: string): string => readFileSync(new URL(`${name}.json`, GOLDEN), "utf8")

if (import.meta.main) {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const codec = RECORDS.find((record) => record.name === name.split(".")[0])
    if (codec === undefined || existsSync(new URL(`${name}.bin`, GOLDEN))) continue
    writeFileSync(new URL(`${name}.bin`, GOLDEN), codec.encode(sample))
    writeFileSync(new URL(`${name}.json`, GOLDEN), toJson(sample))
  }
  for (const name of stateNames()) {
    const golden = `${name}.v1.sample`
    if (existsSync(new URL(`${golden}.bin`, GOLDEN))) continue
    const sample = fc.sample(arbitraryOf(schemaOf(name)), { numRuns: 1, seed: 7 })[0]
    const type = avroOf(name)
    const record = type.toBuffer(sample)
    writeFileSync(new URL(`${golden}.bin`, GOLDEN), record)
    writeFileSync(new URL(`${golden}.avsc`, GOLDEN), `${JSON.stringify(schemaOf(name), null, 2)}\n`)
    writeFileSync(new URL(`${golden}.json`, GOLDEN), toJson(type.fromBuffer(record)))
  }
}

import { expect, it } from "vitest"
import { countingOf, variablesOf } from "../../src/context/fields.ts"

const PLANT = {
  url: "https://plant.example:7070",
  "token-file": "/secrets/token",
  brokers: "kafka.plant:9093",
  prefix: "plant1.",
  "sasl-mechanism": "scram-sha-512",
  "sasl-username": "me",
  "sasl-password-file": "/secrets/password",
  roots: "/plant/roots.json",
}
const given = (...names: ReadonlyArray<string>) => ({ isGiven: (name: string) => names.includes(name) })
const keys = (...args: Parameters<typeof countingOf>): ReadonlyArray<string> => Object.keys(countingOf(...args)).sort()
const LOG = [
  "ASSAY_STREAM_PREFIX",
  "KAFKA_BROKERS",
  "KAFKA_SASL_MECHANISM",
  "KAFKA_SASL_PASSWORD_FILE",
  "KAFKA_SASL_USERNAME",
  "LOG",
]

it("stands for the variables of what it says; brokers mean that the log is there", () => {
  expect(variablesOf({ brokers: "b:1", roots: "/r" })).toEqual({
    KAFKA_BROKERS: "b:1",
    ASSAY_ROOTS: "/r",
    LOG: "kafka",
  })
  expect(variablesOf({ url: "http://n" })).toEqual({ ASSAY_URL: "http://n" })
  expect(keys(PLANT, {}, given())).toEqual(["ASSAY_ROOTS", ...LOG, "ASSAY_TOKEN_FILE", "ASSAY_URL"].sort())
})

it("gives way, variable by variable, to the environment", () => {
  expect(keys(PLANT, { ASSAY_STREAM_PREFIX: "", ASSAY_ROOTS: "here" }, given())).toEqual(
    [...LOG.filter((key) => key !== "ASSAY_STREAM_PREFIX"), "ASSAY_TOKEN_FILE", "ASSAY_URL"].sort(),
  )
})

it("shows its token to no other node, whether the call names it or the environment", () => {
  expect(keys(PLANT, {}, given("url"))).toEqual(["ASSAY_ROOTS", ...LOG].sort())
  expect(keys(PLANT, { ASSAY_URL: "http://elsewhere" }, given())).toEqual(["ASSAY_ROOTS", ...LOG].sort())
})

it("shows its password to no other brokers", () => {
  const node = ["ASSAY_ROOTS", "ASSAY_TOKEN_FILE", "ASSAY_URL"]
  expect(keys(PLANT, { KAFKA_BROKERS: "elsewhere:9092" }, given())).toEqual(node)
  expect(keys(PLANT, { LOG: "embedded" }, given())).toEqual(node)
})

it("leaves its file out where the secret itself is given", () => {
  expect(countingOf(PLANT, { ASSAY_TOKEN: "t", KAFKA_SASL_PASSWORD: "p" }, given())).not.toHaveProperty(
    "KAFKA_SASL_PASSWORD_FILE",
  )
  expect(countingOf(PLANT, { ASSAY_TOKEN: "t" }, given())).not.toHaveProperty("ASSAY_TOKEN_FILE")
  expect(countingOf(PLANT, {}, given("token"))).not.toHaveProperty("ASSAY_TOKEN_FILE")
})

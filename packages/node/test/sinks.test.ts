/** ASSAY_SINKS: what it says, and what is wrong with it. */
import type { Log } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { OUTCOMES } from "@assay/trust"
import { expect, it } from "vitest"
import { groupOfSink, readSinks, roleOfSink } from "../src/sinks.ts"

it("names sinks, each with its outcomes, its state and its group", () => {
  const sinks = readSinks(
    "all=file:out/all.ndjson, held=file:/var/held.ndjson;quarantined+rejected,good=file:g;verified",
  )
  expect(sinks.map(({ name, target, outcomes, state }) => [name, target, outcomes, state])).toEqual([
    ["all", "file:out/all.ndjson", OUTCOMES, "out/all.ndjson.state"],
    ["held", "file:/var/held.ndjson", ["quarantined", "rejected"], "/var/held.ndjson.state"],
    ["good", "file:g", ["verified"], "g.state"],
  ])
  expect(sinks.map(roleOfSink)).toEqual(["siem", "siem", "data-platform"])
  expect(sinks.map(groupOfSink)).toEqual(["siem-all", "siem-held", "data-platform-good"])
  expect(sinks[2]!.make({} as Log).name).toBe("g")
})

it("takes any kind of sink, with its options", () => {
  const [one, other] = readSinks(
    "soc=syslog+tls://siem.example:6514?format=cef&severity=medium&reason=identity.*+anomaly.flood;quarantined+rejected, lake=webhook:https://lake.example/in?body=array",
  )
  expect(one).toMatchObject({
    target: "syslog+tls://siem.example:6514",
    outcomes: ["quarantined", "rejected"],
    state: null,
  })
  expect(one!.wanted).toEqual({
    minSeverity: 3,
    reasons: ["identity.*", "anomaly.flood"],
    zones: null,
    sample: 1,
    storm: 20,
  })
  expect(one!.encoder!({} as Log)).toMatchObject({ name: "cef", mediaType: "application/syslog" })
  expect(other!.make({} as Log).name).toBe("lake.example")
})

it("writes to a topic with a role of its own", () => {
  const [topic] = readSinks("lake=topic:siem.ocsf.v1?severity=low")
  expect([roleOfSink(topic!), groupOfSink(topic!)]).toEqual(["siem-topics", "siem-topics-lake"])
  expect(topic!.make({} as Log).name).toBe("siem.ocsf.v1")
  expect(readSinks("a=topic:siem.cloudevents.v1?format=cloudevents-binary")).toHaveLength(1)
  expect(() => readSinks("a=topic:siem.ocsf.v1?format=ecs")).toThrow("format takes ocsf")
  expect(() => readSinks("a=topic:telemetry.verified.v1")).toThrow("is no topic of decisions; they are siem.ocsf.v1")
})

it("may name none", () => {
  expect(readSinks("")).toEqual([])
  expect(readSinks(" , ")).toEqual([])
})

it.each([
  ["lines", '"lines" must be NAME=KIND:TARGET'],
  ["a=file:", '"a=file:" must be NAME=KIND:TARGET'],
  ["A b=file:x", '"A b" is no name of a sink'],
  ["=file:x", '"" is no name of a sink'],
  [`${"a".repeat(41)}=file:x`, "is no name of a sink"],
  ["a=kafka:x", '"kafka" is no kind of sink; they are file'],
  ["a=constructor:x", '"constructor" is no kind of sink'],
  ["a=syslog+tls:siem", '"siem" must be //HOST or //HOST:PORT'],
  ["a=hec:https://user:secret@siem.example", "a name or a password has no place in the URL"],
  ["a=hec:ftp://siem.example", "must be an http or https URL"],
  ["a=file:x?color=red", 'file has no option "color"; it has'],
  ["a=file:x?reason=identity.good", '"identity.good" is none'],
  ["a=file:x?severity=grave", 'severity takes informational, low, medium, high, critical, not "grave"'],
  ["a=file:x?keep=3", "keep goes with rotate"],
  ["a=file:x?format=cef&format=leef", "format is said twice"],
  ["a=file:x;good", '"good" is no outcome; they are verified'],
  ["a=file:x;", '"" is no outcome'],
  ["a=file:x,a=file:y", "two sinks have the name a"],
  ["a=file:x,b=file:x", "two sinks have the target file:x"],
  [Array.from({ length: 17 }, (_, n) => `s${n}=file:f${n}`).join(), "at most 16 sinks, not 17"],
])("%s is refused by the name of the key", (text, says) => {
  expect(() => readSinks(text)).toThrow(ConfigurationError)
  expect(() => readSinks(text)).toThrow(says)
})

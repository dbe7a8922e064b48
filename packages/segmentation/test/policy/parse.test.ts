import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LIMITS } from "../../src/policy/limits.ts"
import { parsePolicy } from "../../src/policy/parse.ts"
import { formatProblem } from "../../src/policy/problem.ts"
import { SMALL } from "../support.ts"

/** The small policy with one part replaced, and what is then said: `line: key: message`. */
const say = (find: string | RegExp, put: string, at?: number): ReadonlyArray<string> => {
  const text = SMALL.replace(find, () => put)
  if (text === SMALL) throw new Error(`nothing to replace: ${find}`)
  const { policy, problems } = parsePolicy(text, { file: "p.yaml", ...(at === undefined ? {} : { at }) })
  for (const p of problems) expect(p.fix.length).toBeGreaterThan(5)
  expect(policy === null).toBe(problems.some((p) => p.severity === "error"))
  return problems.map((p) => `${p.severity === "warning" ? "warning " : ""}${p.line}: ${p.key}: ${p.message}`)
}

describe("parsePolicy", () => {
  it("reads the small policy", () => {
    const { policy, problems } = parsePolicy(SMALL)
    expect(problems).toEqual([])
    expect(policy).toMatchObject({
      version: 2,
      issued: Date.UTC(2026, 0, 1),
      expires: Date.UTC(2027, 0, 1),
      guardrails: [],
      lateral: { zones: 3, windowMs: 600_000 },
    })
    expect(policy?.zones[0]).toEqual({
      id: "field",
      parent: null,
      securityLevel: 1,
      audiences: ["https://plant.example/field/*"],
    })
    expect(policy?.conduits[0]).toEqual({
      id: "up",
      from: "field",
      to: "control",
      actions: ["telemetry"],
      classes: [],
      mode: "enforce",
      observeUntil: null,
      minTrust: null,
      minAssurance: null,
      ratePerMinute: null,
      window: null,
      expires: null,
      owner: "ops",
      reason: "readings",
    })
  })

  it.each(["plant.yaml"])("reads the example %s without a warning", (name) => {
    const text = readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8")
    expect(parsePolicy(text, { at: Date.UTC(2026, 6, 1) }).problems).toEqual([])
  })

  it("formats a problem as editors want it", () => {
    const { problems } = parsePolicy(SMALL.replace("from: field", "from: feild"), { file: "p.yaml" })
    expect(problems.map(formatProblem)[0]).toBe(
      'p.yaml:12:15: error: conduits[0].from: there is no zone "feild"; use one of field, control',
    )
  })

  const refused: ReadonlyArray<readonly [string | RegExp, string, string]> = [
    ["kind: assay/segmentation/v1\n", "", "1: kind: `kind` is missing"],
    ["segmentation/v1", "segmentation/v2", '1: kind: found "assay/segmentation/v2"'],
    ["version: 2", "version: 0", "2: version: found 0"],
    ["version: 2", 'version: "2"', '2: version: found "2"'],
    ["version: 2", "version: 2\nversion: 3", "3: version: the key stands here a second time"],
    ["version: 2", "version: 2\nowner: me", "3: owner: `owner` is no key of this place"],
    ["issued: 2026-01-01", "issued: 2026-02-30", '3: issued: found "2026-02-30"'],
    ["issued: 2026-01-01", "issued: 2028-01-01", "4: expires: the policy expires before it is issued"],
    ["expires: 2027-01-01T00:00:00Z", "expires:", "4: expires: `expires` is missing"],
    [/zones:\n(.*\n){2}/, "zones: []\n", "5: zones: found 0 items"],
    ["id: field", "id: Field", '6: zones[0].id: found "Field"'],
    ["id: field", "id: control", '7: zones[1].id: "control" is also zones[0]'],
    ["id: field,", "id: field, parent: field,", '6: zones[0].parent: "field" is its own ancestor'],
    ["id: field,", "id: field, parent: attic,", '6: zones[0].parent: there is no zone "attic"'],
    ["securityLevel: 3", "securityLevel: 5", "7: zones[1].securityLevel: found 5"],
    [
      "example/control/*",
      "example/field/*",
      '7: zones[1].audiences[0]: "https://plant.example/field/*" lies in zone "field" already',
    ],
    ["example/control/*", "example/a/../b", '7: zones[1].audiences[0]: found "https://plant.example/a/../b"'],
    ["example/control/*", "example/a*", '7: zones[1].audiences[0]: found "https://plant.example/a*"'],
    ["https://plant.example/control/*", "https://*", '7: zones[1].audiences[0]: found "https://*"'],
    ["zone: field, vendor: acme, class: thermometer", "zone: field", "9: assignments[0]: matches no device"],
    ["zone: control, ", "zone: control, vendor: acme, ", "10: assignments[1]: names both devices and facts"],
    ["vendor: acme", "vendor: ''", '9: assignments[0].vendor: found ""'],
    [
      "did:key:z6Mki",
      "key:z6Mki",
      '10: assignments[1].devices[0]: found "key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"',
    ],
    ["actions: [telemetry]", "actions: [telemetry, gossip]", '12: conduits[0].actions[1]: found "gossip"'],
    ["actions: [telemetry]", "actions: []", "12: conduits[0].actions: found 0 items"],
    ["owner: ops, ", "", "12: conduits[0].owner: `owner` is missing"],
    ["owner: ops", "mode: observe, owner: ops", "12: conduits[0].mode: observe mode has no end"],
    [
      "owner: ops",
      "observeUntil: 2026-03-01, owner: ops",
      "12: conduits[0].observeUntil: the conduit is not in observe mode",
    ],
    ["owner: ops", "window: 6-18, owner: ops", '12: conduits[0].window: found "6-18"'],
    ["owner: ops", "window: 06:00-06:00, owner: ops", '12: conduits[0].window: found "06:00-06:00"'],
    ["owner: ops", "minTrust: 0.5, owner: ops", "12: conduits[0].minTrust: found 0.5"],
    ["owner: ops", "minAssurance: steel, owner: ops", '12: conduits[0].minAssurance: found "steel"'],
    ["window: 10m", "window: 10 minutes", '13: lateral.window: found "10 minutes"'],
    ["window: 10m", "window: 25h", '13: lateral.window: found "25h"'],
    ["zones: 3,", "zones: 9,", "13: lateral.zones: found 9"],
    ["lateral: { zones: 3, window: 10m }", "lateral: 3", "13: lateral: found 3 where a map is wanted"],
    ["[telemetry]", "&a [telemetry]", "12: conduits[0].actions: anchor &a is refused"],
    ["[telemetry]", "*a", "12: conduits[0].actions: alias *a is refused"],
    ["[telemetry]", "!!set {telemetry}", "12: conduits[0].actions: tag tag:yaml.org,2002:set is refused"],
    ["reason: readings", "reason: !secret x", "12: : not strict YAML 1.2: Unresolved tag: !secret"],
    [
      "lateral:",
      "---\nlateral:",
      "13: : not strict YAML 1.2: Source contains multiple documents; please use YAML.parseAllDocuments()",
    ],
    ["lateral:", "<<: {a: 1}\nlateral:", "13: <<: `<<` is no key of this place"],
    ["lateral:", "? [a]\n: 1\nlateral:", "13: : a key is not plain text"],
    [
      "lateral:",
      "lateral: [",
      "14: : not strict YAML 1.2: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  ]
  it.each(refused)("refuses %s -> %s", (find, put, wanted) => {
    expect(say(find, put)).toContain(wanted)
  })

  const guardrails = (g: string): string => `guardrails:\n  - { id: g, ${g}, reason: r }\nlateral:`
  const second = (rest: string): string =>
    `  - { id: more, from: field, to: control, ${rest}, owner: o, reason: r }\nlateral:`

  it("refuses two conduits for one flow", () => {
    expect(say("lateral:", second("actions: [event, telemetry]"))).toEqual([
      '13: conduits[1].id: "more" carries telemetry that "up" carries already',
    ])
    expect(say("lateral:", second("actions: [telemetry], classes: [pump]"))).toEqual([])
  })

  it("refuses a conduit that guardrails shut, and warns of one that they narrow", () => {
    expect(say("lateral:", guardrails('from: "*", to: control, actions: [telemetry]'))).toEqual([
      '12: conduits[0].id: guardrails forbid all of "up"',
    ])
    const text = SMALL.replace("[telemetry]", "[telemetry, event]")
    const { policy, problems } = parsePolicy(
      text.replace("lateral:", guardrails("from: field, to: control, actions: [event]")),
    )
    expect(policy).not.toBeNull()
    expect(problems.map((p) => p.message)).toEqual(["guardrails forbid event"])
  })

  it("reaches children by a guardrail on their parent", () => {
    const text = SMALL.replace("zones:\n", "zones:\n  - { id: plant, securityLevel: 1 }\n")
      .replace("id: control,", "id: control, parent: plant,")
      .replace("lateral:", guardrails("from: field, to: plant, actions: [telemetry]"))
    expect(parsePolicy(text).problems.map((p) => p.message)).toEqual(['guardrails forbid all of "up"'])
  })

  it("warns of what is allowed and probably not meant", () => {
    expect(say("zones:\n", "zones:\n  - { id: attic, securityLevel: 1 }\n")).toEqual([
      'warning 6: zones[0].id: zone "attic" is unassigned and has no audiences',
    ])
    expect(say("example/control/*", "example/field/plc/*")).toEqual([
      'warning 7: zones[1].audiences[0]: lies inside "https://plant.example/field/*" of zone "field"',
    ])
    expect(say("  - { zone: field, vendor: acme, class: thermometer }\n", "")).toEqual([
      'warning 11: conduits[0].from: no device is assigned to "field"',
    ])
    expect(say("owner: ops", "expires: 2026-02-01, owner: ops", Date.UTC(2026, 5, 1))).toEqual([
      "warning 12: conduits[0].expires: the conduit has expired",
    ])
  })

  it("refuses a hierarchy deeper than eight levels", () => {
    const nest = (n: number): string =>
      Array.from({ length: n }, (_, i) => {
        const parent = i + 1 < n ? `parent: n${i + 1}, ` : ""
        return `  - { id: n${i}, ${parent}securityLevel: 1, audiences: ["urn:n:${i}"] }\n`
      }).join("")
    expect(say("zones:\n", `zones:\n${nest(8)}`)).toEqual([])
    expect(say("zones:\n", `zones:\n${nest(9)}`)).toEqual(["6: zones[0].parent: the zone lies too deep"])
  })

  it("refuses an assignment that an earlier one hides, and a device with two zones", () => {
    const wide = "  - { zone: control, vendor: acme }\n  - { zone: field, vendor: acme, class"
    expect(say("  - { zone: field, vendor: acme, class", wide)).toEqual([
      "10: assignments[1]: assignments[0] matches the same devices first",
    ])
    const twice = "conduits:"
    expect(
      say(
        twice,
        '  - { zone: field, devices: ["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"] }\nconduits:',
      ),
    ).toEqual(["11: assignments[2].devices[0]: the device is assigned by assignments[1] already"])
  })

  it("refuses an expired policy where the time is given", () => {
    expect(parsePolicy(SMALL, { at: Date.UTC(2027, 0, 1) }).problems.map((p) => p.message)).toEqual([
      "the policy has expired",
    ])
    expect(parsePolicy(SMALL, { at: Date.UTC(2027, 0, 1) - 1 }).policy).not.toBeNull()
  })

  it("is bounded", () => {
    expect(parsePolicy("#".repeat(LIMITS.bytes + 1)).problems[0]?.message).toMatch(/larger than/)
    expect(parsePolicy(`a: ${"[".repeat(20)}${"]".repeat(20)}`).problems[0]?.message).toMatch(/nested too deeply/)
    expect(parsePolicy(`a: ${"[".repeat(100_000)}`).policy).toBeNull()
    expect(parsePolicy(Array.from({ length: 500 }, (_, i) => `k${i}: 1`).join("\n")).problems.length).toBe(
      LIMITS.problems,
    )
    expect(parsePolicy("").problems[0]?.message).toBe("the file is empty")
  })

  it("answers any text with a policy or an error, and never throws", () => {
    const lines = SMALL.split("\n")
    const damaged = fc
      .tuple(fc.nat(SMALL.length), fc.nat(12), fc.string({ maxLength: 6 }))
      .map(([at, cut, put]) => SMALL.slice(0, at) + put + SMALL.slice(at + cut))
    const shuffled = fc.shuffledSubarray(lines).map((some) => some.join("\n"))
    fc.assert(
      fc.property(fc.oneof(damaged, shuffled, fc.string()), (text) => {
        const { policy, problems } = parsePolicy(text)
        expect(policy === null).toBe(problems.some((p) => p.severity === "error"))
      }),
      { numRuns: 400 },
    )
  })
})

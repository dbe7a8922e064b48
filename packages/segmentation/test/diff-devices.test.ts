import { expect, it } from "vitest"
import { describeDeviceChanges, diffDevices } from "../src/diff-devices.ts"
import { parsePolicy } from "../src/policy/parse.ts"

const policyOf = (text: string) => {
  const { policy, problems } = parsePolicy(`kind: assay/segmentation/v1
version: 1
issued: 2026-01-01T00:00:00Z
expires: 2027-01-01T00:00:00Z
zones:
  - { id: field, securityLevel: 1 }
  - { id: plant, securityLevel: 2, audiences: ["https://p.example/*"] }
${text}
lateral: { zones: 2, window: 10m }
`)
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([])
  return policy!
}
const assigned = (zone: string): string => `assignments:
  - { zone: ${zone}, vendor: acme, class: pump }
conduits:`
const conduit = (from: string, actions: string): string =>
  `  - { id: c-${from}, from: ${from}, to: plant, actions: [${actions}], owner: o, reason: r }`

const before = policyOf(`${assigned("field")}\n${conduit("field", "telemetry, event")}`)
const known = new Map(
  ["a", "b", "c", "d", "e", "f"].map((name) => [`did:key:${name}`, { vendor: "acme", class: "pump" }] as const),
)

it("says nothing where nothing changes", () => {
  expect(diffDevices(before, structuredClone(before), known)).toEqual([])
})

it("names the devices for which a flow ends or begins, the first five of them", () => {
  const after = policyOf(`${assigned("field")}\n${conduit("field", "telemetry, command")}`)
  const changes = diffDevices(before, after, known)
  expect(changes).toMatchObject([
    {
      class: "pump",
      before: "field",
      after: "field",
      denied: [{ to: "plant", action: "event", conduit: "c-field" }],
      allowed: [{ to: "plant", action: "command", conduit: "c-field" }],
    },
  ])
  expect(changes[0]!.devices).toHaveLength(6)
  expect(describeDeviceChanges(changes)).toEqual([
    expect.stringMatching(/^newly denied: 6 devices of class pump in zone field \(.* and 1 more\): event to plant/),
    expect.stringMatching(/^newly allowed: 6 devices .*: command to plant, by c-field$/),
  ])
})

it("names devices that move, also where they may say the same as before", () => {
  const after = policyOf(`${assigned("plant")}\n${conduit("plant", "telemetry, event")}`)
  expect(describeDeviceChanges(diffDevices(before, after, known))).toEqual([
    expect.stringMatching(/^moved: 6 devices of class pump that move from zone field to zone plant/),
  ])
})

it("speaks of classes where no log says which devices there are", () => {
  const after = policyOf(`${assigned("field")}\n${conduit("field", "telemetry")}`)
  const changes = diffDevices(before, after, null)
  expect(changes).toMatchObject([{ class: null, devices: null, denied: [{ action: "event" }], allowed: [] }])
  expect(describeDeviceChanges(changes)[0]).toContain("newly denied: devices of any other class in zone field: event")
})

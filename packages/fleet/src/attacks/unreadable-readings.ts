import { type Attack, quarantinedBy } from "../attack.ts"
import type { SenmlRecord } from "../device.ts"

const packs = (prefix: string): ReadonlyArray<ReadonlyArray<SenmlRecord>> => [
  [{ n: "urn:dev:acme:x", v: 1, vs: "1" }],
  [
    { bn: prefix, n: "temperature", u: "Cel", v: 20 },
    { n: "pres sure", u: "hPa", v: 1_000 },
  ],
  [{ bn: prefix }],
]

export const unreadableReadings: Attack = {
  name: "unreadable-readings",
  title: "A device signs readings that nobody can read: they are named, and its other messages count",
  category: "malformed",
  expect: quarantinedBy("identity", "identity.readings_refused"),
  victimStaysTrusted: true,
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    for (const senml of packs(device.profile.prefix)) yield scene.attempt(device.did, device.message({ senml }))
    yield* scene.staysTrusted(device)
  },
}

import { type Attack, quarantinedBy } from "../attack.ts"

const DAY = 24 * 60 * 60

export const staleTimestamp: Attack = {
  name: "stale-timestamp",
  title: "A new message claims to be thirty days old",
  category: "clock",
  // A young log has no thirty days: the message is then older than the log, which cannot tell it from a replay.
  expect: {
    ...quarantinedBy("identity", "identity.stale", "identity.iat_before_genesis"),
    outcomes: ["quarantined", "rejected"],
  },
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    yield scene.attempt(device.did, device.message({ iat: device.clock - 30 * DAY }))
  },
}

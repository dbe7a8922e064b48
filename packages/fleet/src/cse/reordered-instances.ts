import { type Attack, NOT_PUNISHED } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

const ARRIVAL = [2, 0, 1, 4, 3, 6, 7, 5]

export const reorderedInstances: Attack = {
  name: "reordered-instances",
  title: "A compromised CSE tells of content instances in another order: not the device's fault",
  category: "chain",
  expect: NOT_PUNISHED,
  victimStaysTrusted: true,
  mustNotPunish: true,
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const sent = ARRIVAL.map(() => device.message())
    for (const place of ARRIVAL) yield scene.carried(device.did, sent[place]!, writtenAs(device.did), true)
    yield* scene.staysTrusted(device)
  },
}

import { type Attack, noticedBy } from "../attack.ts"
import { writtenAs } from "./written-as.ts"

/** As many as no window of open positions holds, so that the lost ones are lost for good. */
const DROPPED = 80
const AFTER = 20

export const droppedInstances: Attack = {
  name: "dropped-instances",
  title: "A compromised CSE keeps a device's content instances back: the chain has a hole",
  category: "chain",
  expect: { ...noticedBy("identity", "identity.contested"), outcomes: ["annotated"] },
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    for (let i = 0; i < DROPPED; i++) device.message()
    for (let i = 0; i < AFTER; i++) yield scene.carried(device.did, device.message(), writtenAs(device.did))
  },
}

import { type Attack, noticedBy } from "../attack.ts"

/** As many as no window of open positions holds, so that the lost ones are lost for good. */
const LOST = 80
/** Each of them is contested until nothing else of the device was heard for a while: the gap is certain then. */
const AFTER = 20

export const chainGap: Attack = {
  name: "chain-gap",
  title: "Messages of a device are held back on the way: a warning, and no more",
  category: "chain",
  expect: { ...noticedBy("identity", "identity.contested"), outcomes: ["annotated"] },
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    for (let i = 0; i < LOST; i++) device.message()
    for (let i = 0; i < AFTER; i++) yield scene.attempt(device.did, device.message())
  },
}

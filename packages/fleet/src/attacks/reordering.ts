import { type Attack, NOT_PUNISHED } from "../attack.ts"

/** How the network hands over eight messages: no message is more than three places from where it was sent. */
const ARRIVAL = [1, 0, 2, 5, 4, 3, 7, 6]

export const reordering: Attack = {
  name: "reordering",
  title: "The network reorders a device's messages inside the window: not the device's fault",
  category: "replay",
  expect: NOT_PUNISHED,
  victimStaysTrusted: true,
  mustNotPunish: true,
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const sent = ARRIVAL.map(() => device.message())
    for (const place of ARRIVAL) yield scene.suspicious(device, sent[place]!)
    yield* scene.staysTrusted(device)
  },
}

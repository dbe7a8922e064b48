/** An erasure forgets what is kept under the device's name, at its place: before it the item counts, after it none does. */
import { expect, it } from "vitest"
import { hashOfBody, KINDS, Track } from "../../src/index.ts"
import { BUNDLE, DID, erasure, ROOTS, TIME, UNAVAILABLE } from "./erased-device.ts"

it("goes with the erasure of its device", () => {
  const track = Track.restore(
    { kinds: KINDS, roots: ROOTS, isHome: () => true, log: { epoch: 1, genesis: 900_000 } },
    null,
  )
  const activate = (item: string, body: Uint8Array) =>
    track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, TIME).reasons
  expect(activate("bundle", BUNDLE)).toEqual([])
  expect(activate("did-unavailable", UNAVAILABLE)).toEqual([])
  track.settle()
  const before = track.subjects
  expect(before.get("did-unavailable", DID)).toMatchObject({ version: TIME / 1_000 })
  expect(track.apply({ kind: "control", tokens: erasure() }, TIME)).toMatchObject({ accepted: true })
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
  expect(before.get("did-unavailable", DID)).not.toBe(null)
  track.settle()
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
})

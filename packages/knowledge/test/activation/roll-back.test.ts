/** A track that is put back knows nothing of the entries since: the same entries are judged once more as if for the first time. */
import { expect, it } from "vitest"
import { hashOfBody, KINDS, Track } from "../../src/index.ts"
import { BUNDLE, DID, erasure, ROOTS, TIME, UNAVAILABLE } from "./erased-device.ts"

it("is as it was at the last commit, whatever was activated or commanded since", () => {
  const track = Track.restore(
    { kinds: KINDS, roots: ROOTS, isHome: () => true, log: { epoch: 1, genesis: 900_000 } },
    null,
  )
  const activate = (item: string, body: Uint8Array) =>
    track.apply({ kind: "activation", item, hash: hashOfBody(body), body }, TIME)
  expect(() => track.rollBack()).toThrow("nothing was kept")
  track.committed()
  const tokens = erasure()
  const steps = [
    () => activate("bundle", BUNDLE),
    () => activate("did-unavailable", UNAVAILABLE),
    () => track.apply({ kind: "control", tokens }, TIME),
  ]
  for (const step of steps) {
    const before = { knowledge: track.knowledge, logic: track.logic, kept: Buffer.from(track.copy()).toString() }
    const item = track.subjects.get("did-unavailable", DID)
    const first = step()
    expect(first).toMatchObject({ accepted: true })
    // Written on its way to a commit that failed.
    if (track.changed) track.encode()
    track.rollBack()
    expect(track.knowledge).toBe(before.knowledge)
    expect(track.logic).toBe(before.logic)
    expect(Buffer.from(track.copy()).toString()).toBe(before.kept)
    expect(track.changed).toBe(false)
    expect(track.subjects.get("did-unavailable", DID)).toEqual(item)
    expect(step()).toEqual(first)
    track.settle()
    if (track.changed) track.encode()
    track.committed()
  }
  expect(track.subjects.get("did-unavailable", DID)).toBe(null)
})

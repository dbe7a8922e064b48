/** What proves an admission is what is accepted here: identity-resolver asks the same, without the states of this stage. */
import { viewOf, whyNoneHolds } from "@assay/credentials"
import { expect, it } from "vitest"
import {
  bundleOf,
  credentialOf,
  DAY,
  defaultBundle,
  device,
  NOW,
  partition,
  presentationOf,
  stranger,
  twin,
} from "./world.ts"

const bad = credentialOf({ validUntil: NOW })

it.each([
  ["a good credential", [credentialOf()], defaultBundle, true],
  ["a good one behind a bad one", [bad, credentialOf()], defaultBundle, true],
  ["a good one in the fourth place", [bad, bad, bad, credentialOf()], defaultBundle, true],
  ["a good one in the fifth place, where nobody looks", [bad, bad, bad, bad, credentialOf()], defaultBundle, false],
  ["an expired one", [bad], defaultBundle, false],
  ["one that is not valid yet", [credentialOf({ validFrom: NOW + 60_001 })], defaultBundle, false],
  ["one of an issuer that nobody knows", [credentialOf({}, stranger)], defaultBundle, false],
  ["one of an issuer beyond its scope", [credentialOf({ vendor: "other" })], defaultBundle, false],
  ["one of another device", [credentialOf({ subject: twin.did })], defaultBundle, false],
  ["a revoked one", [credentialOf()], bundleOf({ revoked: [7] }), false],
  ["one that is suspended on a list that it does not name", [credentialOf()], bundleOf({ suspended: [7] }), true],
  ["one whose list is stale", [credentialOf()], bundleOf({ issued: NOW - DAY }), false],
  ["one whose list is missing", [credentialOf()], bundleOf({ over: { statusLists: [] } }), false],
  ["one with a changed signature", [`${credentialOf().slice(0, -9)}AAAAAAAAA`], defaultBundle, false],
  ["junk", ["junk"], defaultBundle, false],
  ["none", [], defaultBundle, false],
])("%s", async (_, credentials, bundle, holds) => {
  const { judge } = partition()
  const { admit } = await judge(presentationOf(credentials, { bundle }))
  expect(admit !== undefined).toBe(holds)
  const why = whyNoneHolds(device.did, credentials, viewOf(bundle), NOW, 60_000)
  expect(why === null).toBe(holds)
})

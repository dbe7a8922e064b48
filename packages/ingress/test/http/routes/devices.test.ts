/** What the route makes of its two sources. */

import { expect, it } from "vitest"
import type { RequestError } from "../../../src/http/request.ts"
import type { Call } from "../../../src/http/route.ts"
import { type DeviceModel, deviceRoute } from "../../../src/http/routes/devices.ts"

const DID = "did:key:z6Mk"
type Said = Awaited<ReturnType<DeviceModel["get"]>> | null

const ask = async (local: boolean, said: Said) => {
  const { handle } = deviceRoute({
    log: { partitions: 1 },
    states: async (did, partition) => (local && did === DID && partition === 0 ? STAGES : {}),
    ...(said === null ? {} : { model: { get: async () => said } }),
  })
  return handle({ params: [DID] } as unknown as Call)
}
const refusal = (local: boolean, said: Said) =>
  ask(local, said).then(
    () => null,
    ({ status, code, retryAfterMs }: RequestError) => [status, code, retryAfterMs],
  )

const KNOWN = { status: "known", device: { state: "trusted" } } as const
const STAGES = { identity: { epoch: 3 } }

it("answers from this process alone as it always did", async () => {
  const { body } = await ask(true, null)
  expect(body).toEqual({ device: DID, partition: 0, source: ["local"], stages: STAGES })
  expect(await refusal(false, null)).toEqual([404, "device.unknown", null])
})

it("answers from the model where the device is another process's", async () => {
  const { body } = await ask(false, KNOWN)
  expect(body).toEqual({ device: DID, partition: 0, source: ["read-model"], stages: {}, model: { state: "trusted" } })
  expect((await ask(true, KNOWN)).body).toMatchObject({ source: ["local", "read-model"], stages: STAGES, model: {} })
})

it("tells a device that nobody knows from one that nobody can tell of", async () => {
  expect(await refusal(false, { status: "unknown" })).toEqual([404, "device.unknown", null])
  expect(await refusal(false, { status: "building", reason: "x" })).toEqual([503, "read_model.building", 2_000])
  expect(await refusal(false, { status: "unavailable", reason: "x" })).toEqual([503, "read_model.unavailable", 2_000])
})

it("does not need the model for its own devices", async () => {
  const { body } = await ask(true, { status: "unavailable", reason: "gone" })
  expect(body).toMatchObject({ source: ["local"], stages: STAGES, model: null, problem: "read_model.unavailable" })
  expect((await ask(true, { status: "unknown" })).body).toMatchObject({ source: ["local"], model: null })
})

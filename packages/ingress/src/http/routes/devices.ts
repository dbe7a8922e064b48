/** `GET /v1/devices/{did}`: what this node remembers of a device, and what the shared read model knows of it. */

import { type Log, partitionOf } from "@assay/log"
import { signerOf } from "@assay/trust"
import { RequestError } from "../request.ts"
import type { Route } from "../route.ts"

/**
 * Whoever can say of a device what other nodes decided. It is shown and never judged by.
 * `building`: it has not seen the whole log yet, so it cannot say that a device is unknown.
 */
export interface DeviceModel {
  get(
    did: string,
  ): Promise<
    | { readonly status: "known"; readonly device: object }
    | { readonly status: "unknown" }
    | { readonly status: "building" | "unavailable"; readonly reason: string }
  >
}

export interface DeviceRouteOptions {
  readonly log: Pick<Log, "partitions">
  /** What the stages of this process remember, described, by stage; empty where they do not have the device or its partition. */
  readonly states: (did: string, partition: number) => Promise<Readonly<Record<string, unknown>>>
  /** Left out: the node knows of its own devices only. */
  readonly model?: DeviceModel | null
}

/** Ask again after so long, where the model cannot answer. */
const AGAIN_MS = 2_000

export const deviceRoute = (options: DeviceRouteOptions): Route => ({
  method: "GET",
  path: "/v1/devices/{did}",
  doc: {
    summary: "What each stage remembers of a device, and what the read model knows",
    answers: { 200: "What is known", 404: "It was never authenticated" },
  },
  right: "read",
  handle: async ({ params }) => {
    const did = params[0]!
    const partition = partitionOf(signerOf(did), options.log.partitions)
    const stages = await options.states(did, partition)
    const local = Object.keys(stages).length > 0
    const found = (await options.model?.get(did)) ?? null
    if (!local && found !== null && "reason" in found)
      throw new RequestError(503, `read_model.${found.status}`, found.reason, AGAIN_MS)
    if (!local && found?.status !== "known")
      throw new RequestError(404, "device.unknown", `${did} has never been authenticated here`)
    const known = found?.status === "known"
    return {
      status: 200,
      body: {
        device: did,
        partition,
        source: [...(local ? ["local"] : []), ...(known ? ["read-model"] : [])],
        stages,
        // Without a read model the answer is what it always was.
        ...(found === null
          ? {}
          : {
              model: known ? found.device : null,
              ...("reason" in found ? { problem: `read_model.${found.status}` } : {}),
            }),
      },
    }
  },
})

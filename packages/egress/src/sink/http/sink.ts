/** The life of a sink that sends batches by HTTP. What a request is, and what an answer means, is the protocol's. */
import type { Encoded } from "../../encode/encoder.ts"
import type { Sink } from "../sink.ts"
import { type BatchLimits, type Outcome, sendBatches } from "./batch.ts"
import { type Client, clientOf, type Endpoint } from "./post.ts"

export interface HttpProtocol {
  readonly limits: BatchLimits
  /** @param mayRepeat as that of `Sink.write` @throws where another try may help */
  send(client: Client, batch: ReadonlyArray<Encoded>, mayRepeat: boolean): Promise<Outcome>
}

/** @param endpoint read anew at each `open`: files of secrets and certificates may have changed. @throws what is wrong with them */
export const httpSink = (
  name: string,
  endpoint: () => Endpoint,
  protocol: (endpoint: Endpoint) => HttpProtocol,
): Sink => {
  let open: { readonly client: Client; readonly protocol: HttpProtocol } | null = null
  return {
    name,
    open: async () => {
      const at = endpoint()
      open = { client: clientOf(at), protocol: protocol(at) }
    },
    write: async (items, mayRepeat = false) => {
      if (open === null) throw new Error(`${name} is not open`)
      const { client, protocol: spoken } = open
      return sendBatches(items, spoken.limits, (batch) => spoken.send(client, batch, mayRepeat))
    },
    // `write` resolves when the other side has answered.
    flush: async () => undefined,
    close: async () => {
      open?.client.close()
      open = null
    },
  }
}

/** The lines of a batch as one body. */
export const linesOf = (batch: ReadonlyArray<Encoded>): Buffer => Buffer.concat(batch.map(({ bytes }) => bytes))

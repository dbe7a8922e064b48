/** A request as a connection of kafkajs sends it, and how its answer is read. */
import type { Encoder } from "./private.ts"

export interface Protocol<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<Encoder>
  }
  readonly response: {
    readonly decode: (raw: Buffer) => Promise<T & { readonly clientSideThrottleTime: number }>
    readonly parse: (data: T & { readonly clientSideThrottleTime: number }) => Promise<T>
  }
  readonly requestTimeout: number
  readonly logResponseError: boolean
}

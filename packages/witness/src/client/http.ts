/** Calls of witnesses and logs. */
import { callProblem, type WholeAnswer, wholeAnswer } from "@assay/calls"

/** What was asked for could not be had: it may be tried again. */
export class CallError extends Error {
  override readonly name = "CallError"
}

export interface CallOptions {
  readonly timeoutMs: number
  /** An answer of more is no answer. */
  readonly maxBytes: number
  /** Sent as the body of a POST; without it the call is a GET. */
  readonly body?: string
}

/** `path` below the prefix, whether that ends with a slash or not. */
export const below = (prefix: string, path: string): string => `${prefix.replace(/\/+$/, "")}/${path}`

/** @throws CallError where there is no whole answer in time */
export const call = async (url: string, { timeoutMs, maxBytes, body }: CallOptions): Promise<WholeAnswer> => {
  try {
    return await wholeAnswer(url, body === undefined ? {} : { method: "POST", body }, { timeoutMs, maxBytes })
  } catch (cause) {
    throw new CallError(`${url}: ${callProblem(cause)}`, { cause })
  }
}

/** Calls of other machines: bounded in time and in bytes, and led nowhere else by a redirect. */

/** What was asked for could not be had: it may be tried again. */
export class CallError extends Error {
  override readonly name = "CallError"
}

export interface CallAnswer {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
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

const problemOf = (cause: unknown): string => {
  const { message, cause: inner } = cause as Error & { cause?: unknown }
  return inner instanceof Error ? `${message}: ${inner.message}` : message
}

/** @throws CallError where there is no whole answer in time */
export const call = async (url: string, { timeoutMs, maxBytes, body }: CallOptions): Promise<CallAnswer> => {
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { method: "POST", body }),
    })
    const pieces: Array<Uint8Array> = []
    let size = 0
    for await (const piece of response.body ?? []) {
      size += piece.length
      // Leaving the loop cancels the rest.
      if (size > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`)
      pieces.push(piece)
    }
    const type = response.headers.get("content-type") ?? ""
    return { status: response.status, type, body: Buffer.concat(pieces) }
  } catch (cause) {
    throw new CallError(`${url}: ${problemOf(cause)}`, { cause })
  }
}

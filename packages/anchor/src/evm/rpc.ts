/** JSON-RPC calls of an EVM node: bounded in time and bytes, without redirects. The URL may hold a key, so no message shows it. */
import { callProblem, wholeAnswer } from "@assay/calls"

interface NodeRefusal {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** A call that had no answer, or an error as its answer: whether it did anything is not known. */
export class RpcError extends Error {
  override readonly name = "RpcError"
  /** JSON-RPC's code; null where no whole answer came. */
  readonly code: number | null
  /** With what a contract refused a call, as viem reads it. */
  readonly data: unknown
  constructor(message: string, code: number | null, options?: ErrorOptions & { readonly data?: unknown }) {
    super(message, options)
    this.code = code
    this.data = options?.data
  }
}

/** What the node said or did not, below what viem makes of it; any other error as it is. */
export const nodeError = (cause: unknown): unknown => {
  for (let at = cause; at instanceof Error; at = at.cause) if (at instanceof RpcError) return at
  return cause
}

export type Request = (call: { readonly method: string; readonly params?: unknown }) => Promise<unknown>

export interface RpcOptions {
  readonly timeoutMs?: number
  /** The receipts of a full block have some megabytes. */
  readonly maxBytes?: number
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 32 << 20

/** @param url http or https. @throws RpcError from every call that has no result */
export const rpcAt = (url: string, { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES }: RpcOptions = {}): Request => {
  const host = new URL(url).host
  let id = 0
  return async ({ method, params = [] }) => {
    id += 1
    let answer: { readonly result?: unknown; readonly error?: NodeRefusal }
    try {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
      }
      const { body } = await wholeAnswer(url, init, { timeoutMs, maxBytes })
      answer = JSON.parse(body.toString("utf8")) as typeof answer
    } catch (cause) {
      throw new RpcError(`${method} at ${host}: ${callProblem(cause)}`, null, { cause })
    }
    const { error, result } = answer
    if (error !== undefined && error !== null)
      throw new RpcError(`${method} at ${host}: ${String(error.message).slice(0, 300)}`, error.code, {
        data: error.data,
      })
    if (result === undefined) throw new RpcError(`${method} at ${host}: neither a result nor an error`, null)
    return result
  }
}

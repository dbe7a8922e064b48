/** Calls of other machines: bounded in time and in bytes, and led nowhere else by a redirect. */

export interface WholeAnswer {
  readonly status: number
  /** The media type that the answer states; empty where it states none. */
  readonly type: string
  readonly body: Buffer
}

interface AnswerBounds {
  readonly timeoutMs: number
  /** An answer of more is no answer. */
  readonly maxBytes: number
}

/** @throws Error where there is no whole answer in time: `callProblem` says why */
export const wholeAnswer = async (
  url: string,
  init: Omit<RequestInit, "redirect" | "signal">,
  { timeoutMs, maxBytes }: AnswerBounds,
): Promise<WholeAnswer> => {
  const response = await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeoutMs) })
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
}

/** What went wrong with a call, for people: fetch itself says that it failed, and only its cause says why. */
export const callProblem = (cause: unknown): string => {
  const { message, cause: inner } = cause as Error & { readonly cause?: unknown }
  return inner instanceof Error ? `${message}: ${inner.message}` : message
}

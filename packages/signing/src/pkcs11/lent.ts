/**
 * PKCS#11 libraries for several threads of a process. One is initialised once for the whole process, and whoever ends it ends it for
 * all: so a thread that signs by it asks the one that has it (`library.ts`), over a port.
 */
import type { MessagePort } from "node:worker_threads"
import { KeyError, KeyUnreachableError } from "../signer.ts"
import { CLOSED, type LibraryUse, useLibrariesOf, useLibrary, type Work } from "./library.ts"
import type { FoundKey } from "./token.ts"
import type { Pkcs11Reference } from "./uri.ts"

type Request =
  | { readonly kind: "use"; readonly use: number; readonly reference: Pkcs11Reference }
  | { readonly kind: "ask"; readonly use: number; readonly id: number; readonly work: Work }
  | { readonly kind: "close"; readonly use: number; readonly id: number }

type Reply =
  | { readonly id: number; readonly value: FoundKey | Uint8Array | null }
  | { readonly id: number; readonly isWrong: boolean; readonly message: string }

/** Does what comes on `port`, by the libraries of this thread. What the other thread leaves open when it ends is closed. */
export const lendLibraries = (port: MessagePort): void => {
  const uses = new Map<number, LibraryUse>()
  const answer = (id: number, work: Promise<FoundKey | Uint8Array | null>): void => {
    work.then(
      (value) => port.postMessage({ id, value } satisfies Reply),
      (cause: Error) =>
        port.postMessage({ id, isWrong: cause instanceof KeyError, message: cause.message } satisfies Reply),
    )
  }
  port.on("message", (request: Request) => {
    if (request.kind === "use") {
      uses.set(request.use, useLibrary(request.reference))
      return
    }
    const use = uses.get(request.use)!
    if (request.kind === "ask") return answer(request.id, use.ask(request.work))
    uses.delete(request.use)
    answer(
      request.id,
      use.close().then(() => null),
    )
  })
  port.on("close", () => {
    for (const use of uses.values()) void use.close()
    uses.clear()
  })
  port.unref()
}

/** From now on this thread has no library of its own: it uses those of the thread behind `port` (`lendLibraries`). */
export const borrowLibraries = (port: MessagePort): void => {
  const waiting = new Map<number, PromiseWithResolvers<FoundKey | Uint8Array | null>>()
  let ids = 0
  let uses = 0
  port.on("message", (reply: Reply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    // A thread that waits for nothing else may end.
    if (waiting.size === 0) port.unref()
    if ("value" in reply) asked?.resolve(reply.value)
    else asked?.reject(reply.isWrong ? new KeyError(reply.message) : new KeyUnreachableError(reply.message))
  })
  port.unref()
  const ask = (make: (id: number) => Request): Promise<FoundKey | Uint8Array | null> => {
    const id = ids++
    const asked = Promise.withResolvers<FoundKey | Uint8Array | null>()
    if (waiting.size === 0) port.ref()
    waiting.set(id, asked)
    port.postMessage(make(id))
    return asked.promise
  }
  useLibrariesOf((reference) => {
    const use = uses++
    port.postMessage({ kind: "use", use, reference } satisfies Request)
    let isClosed = false
    return {
      ask: async (work) => {
        if (isClosed) throw new KeyUnreachableError(CLOSED)
        return (await ask((id) => ({ kind: "ask", use, id, work })))!
      },
      close: async () => {
        if (isClosed) return
        isClosed = true
        await ask((id) => ({ kind: "close", use, id }))
      },
    }
  })
}

/** A thread that signs by keys of another thread's libraries: opens what it is asked to (a reference), or signs, or closes. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import { borrowLibraries, type OpenSigner, openSigner } from "../../src/index.ts"

const { port } = workerData as { readonly port: MessagePort }
borrowLibraries(port)
let signer: OpenSigner | null = null

export type Asked =
  | { readonly kind: "open"; readonly reference: string }
  | { readonly kind: "sign"; readonly input: Uint8Array }
  | { readonly kind: "close" }

const done = async (asked: Asked): Promise<unknown> => {
  if (asked.kind === "open") {
    signer = await openSigner(asked.reference)
    return signer.did
  }
  if (asked.kind === "sign") return signer!.sign(asked.input)
  await signer!.close()
  return null
}

parentPort!.on("message", async (asked: Asked) => {
  const answer = await done(asked).then(
    (value) => ({ value }),
    (cause: Error) => ({ name: cause.name, message: cause.message }),
  )
  parentPort!.postMessage(answer)
})

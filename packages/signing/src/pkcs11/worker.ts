/** The thread in which one PKCS#11 library runs: its calls are synchronous, and a token may take long. */
import { createRequire } from "node:module"
import { parentPort, workerData } from "node:worker_threads"
import { KeyError } from "../signer.ts"
import { type Cryptoki, initialise } from "./cryptoki.ts"
import type { Answer, Asked } from "./library.ts"
import { Tokens } from "./token.ts"
import type { Pkcs11Reference } from "./uri.ts"

/** Once it is initialised. */
let running: Cryptoki | null = null

const open = (path: string): Tokens => {
  let cryptoki: Cryptoki
  try {
    const { PKCS11 } = createRequire(import.meta.url)("pkcs11js") as { readonly PKCS11: new () => Cryptoki }
    cryptoki = new PKCS11()
  } catch (cause) {
    throw new KeyError(
      `pkcs11: the optional dependency pkcs11js is not there, or was not built: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
    )
  }
  try {
    cryptoki.load(path)
  } catch (cause) {
    throw new KeyError(`pkcs11: ${path} is no PKCS#11 library: ${(cause as Error).message}`)
  }
  initialise(cryptoki)
  running = cryptoki
  return new Tokens(cryptoki)
}

let tokens: Tokens | null = null
const references = new Map<number, Pkcs11Reference>()

const done = ({ number, reference, work }: Asked): Extract<Answer, { readonly value: unknown }>["value"] => {
  if (reference !== null) references.set(number, reference)
  tokens ??= open(workerData as string)
  const known = references.get(number)!
  if (work.kind === "find") return tokens.find(known)
  if (work.kind === "generate") return tokens.generate(known, work.alg)
  return tokens.sign(known, work.input)
}

const answerOf = (asked: Asked): Answer => {
  try {
    return { id: asked.id, value: done(asked) }
  } catch (cause) {
    return { id: asked.id, isWrong: cause instanceof KeyError, message: (cause as Error).message }
  }
}

/** A slow token's answers go one by one: whoever waits for the first must not wait for all. */
const HELD_MS = 5

parentPort!.on("message", (asked: ReadonlyArray<Asked> | "end") => {
  if (asked === "end") {
    running?.C_Finalize()
    parentPort!.close()
    return
  }
  let answers: Array<Answer> = []
  let since = performance.now()
  for (const one of asked) {
    answers.push(answerOf(one))
    if (performance.now() - since < HELD_MS) continue
    parentPort!.postMessage(answers)
    answers = []
    since = performance.now()
  }
  if (answers.length > 0) parentPort!.postMessage(answers)
})

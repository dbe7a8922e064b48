/** A signer at the other end of an HTTPS connection. Bounded in time, in bytes and in connections; it must say who it is, and so must we. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { Agent, request } from "node:https"
import type { Algorithm } from "@assay/did"
import { checkedSigner } from "../checked.ts"
import { KeyError, KeyUnreachableError, type OpenSigner } from "../signer.ts"
import {
  bytesOf,
  type KeyAnswer,
  MAX_ANSWER_BYTES,
  MAX_MESSAGE_BYTES,
  SIGNATURE_BYTES,
  type SignCall,
} from "./protocol.ts"
import type { RemoteReference } from "./reference.ts"

const ANSWER_MS = 5_000
const MAX_CONNECTIONS = 8

const fileAt = (name: string, path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new KeyError(`${name} ${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`)
  }
}

interface Caller {
  readonly agent: Agent
  readonly reference: RemoteReference
  readonly answerMs: number
}

/** A token is read at each call, so that it can be changed while the process runs. */
const authorization = ({ tokenFile }: RemoteReference): Record<string, string> => {
  if (tokenFile === null) return {}
  const token = fileAt("token-file", tokenFile).toString("utf8").trim()
  if (!/^[!-~]{16,4096}$/.test(token))
    throw new KeyError(`token-file ${tokenFile} holds no token of 16 to 4,096 characters`)
  return { authorization: `Bearer ${token}` }
}

const why = (answer: unknown): string => {
  const said = (answer as { readonly error?: unknown } | null)?.error
  return typeof said === "string" ? `: ${said.slice(0, 256)}` : ""
}

/** @throws KeyError the call is wrong as it stands, KeyUnreachableError otherwise */
const call = ({ agent, reference, answerMs }: Caller, path: string, body: SignCall | null): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const url = `${reference.url}${path}`
    const fail = (what: string): void => reject(new KeyUnreachableError(`${url}: ${what}`))
    const sent = body === null ? null : Buffer.from(JSON.stringify(body))
    const headers = {
      accept: "application/json",
      ...(sent === null ? {} : { "content-type": "application/json", "content-length": sent.length }),
      ...authorization(reference),
    }
    const signal = AbortSignal.timeout(answerMs)
    const asked = request(url, { method: sent === null ? "GET" : "POST", agent, headers, signal }, (response) => {
      const parts: Array<Buffer> = []
      let size = 0
      response.on("data", (part: Buffer) => {
        size += part.length
        if (size <= MAX_ANSWER_BYTES) parts.push(part)
        else asked.destroy(new Error(`it answers more than ${MAX_ANSWER_BYTES} bytes`))
      })
      response.on("error", (cause) => fail(cause.message))
      response.on("end", () => {
        let answer: unknown = null
        try {
          answer = JSON.parse(Buffer.concat(parts).toString("utf8"))
        } catch {
          // What is no JSON says nothing beside its status.
        }
        const { statusCode = 0 } = response
        if (statusCode === 200) resolve(answer)
        else if ([400, 401, 403, 404, 405, 413].includes(statusCode))
          reject(new KeyError(`${url} answers ${statusCode}${why(answer)}`))
        else fail(`it answers ${statusCode}${why(answer)}`)
      })
    })
    asked.on("error", (cause) => fail(signal.aborted ? `no answer within ${answerMs} ms` : cause.message))
    asked.end(sent)
  })

const signCall = (alg: Algorithm, input: Uint8Array): SignCall =>
  alg === "Ed25519"
    ? { message: Buffer.from(input).toString("base64") }
    : { digest: createHash("sha256").update(input).digest("base64") }

/**
 * @param did that the key must have; null: any
 * @throws KeyError, KeyUnreachableError
 */
export const openRemote = async (
  reference: RemoteReference,
  did: string | null,
  answerMs = ANSWER_MS,
): Promise<OpenSigner> => {
  const { caFile, certFile, keyFile } = reference
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MAX_CONNECTIONS,
    minVersion: "TLSv1.2",
    ...(caFile === null ? {} : { ca: fileAt("ca-file", caFile) }),
    ...(certFile === null ? {} : { cert: fileAt("cert-file", certFile) }),
    ...(keyFile === null ? {} : { key: fileAt("key-file", keyFile) }),
  })
  const caller: Caller = { agent, reference, answerMs }
  const close = async (): Promise<void> => agent.destroy()
  try {
    const answer = (await call(caller, "", null)) as Partial<KeyAnswer> | null
    if (typeof answer?.did !== "string" || (answer.alg !== "Ed25519" && answer.alg !== "ES256"))
      throw new KeyError(`${reference.url} is no remote signer: it must answer {"did", "alg"}`)
    const { did: own, alg } = answer
    const sign = async (input: Uint8Array): Promise<Uint8Array> => {
      if (alg === "Ed25519" && input.length > MAX_MESSAGE_BYTES)
        throw new KeyError(`a remote signer signs at most ${MAX_MESSAGE_BYTES} bytes by Ed25519, not ${input.length}`)
      const answered = (await call(caller, "/sign", signCall(alg, input))) as { readonly signature?: unknown } | null
      const signature = bytesOf(answered?.signature)
      if (signature?.length === SIGNATURE_BYTES) return signature
      throw new KeyUnreachableError(`${reference.url} answers no signature of ${SIGNATURE_BYTES} bytes`)
    }
    return checkedSigner({ did: own, alg, sign }, did, close)
  } catch (cause) {
    await close()
    throw cause
  }
}

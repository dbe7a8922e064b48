import { createPrivateKey } from "node:crypto"
import { siemEncoder } from "../../encode/siem/format.ts"
import { set } from "../../encode/siem/formats/set.ts"
import { httpSink } from "../http/sink.ts"
import type { SinkKind } from "../kinds.ts"
import { fileOf, revealed, secretOf } from "../secret.ts"
import { pollSink } from "../ssf/poll.ts"
import { pushProtocol } from "../ssf/push.ts"
import { type Options, TargetError } from "../target.ts"
import { endpointOf } from "./http.ts"
import { certificateOf, hostAndPort, timeoutOf } from "./network.ts"
import { commonOf } from "./options.ts"

const FORMATS = ["set"]

/** @throws TargetError */
const keyOf = (path: string) => {
  try {
    return createPrivateKey(fileOf("key-file", path))
  } catch (cause) {
    if (cause instanceof TargetError) throw cause
    throw new TargetError(`key-file: ${path} holds no private key in PEM`, { cause })
  }
}

/** @throws TargetError */
const tokensOf = (options: Options) => {
  const needed = (name: string, what: string): string => {
    const value = options.text(name)
    if (value === null) throw new TargetError(`${name} is needed: ${what}`)
    return value
  }
  const issuer = needed("issuer", "the URL that receivers know this transmitter by")
  const audience = needed("audience", "who the tokens are for")
  const path = needed("key-file", "the private key in PEM, Ed25519 or P-256, that tokens are signed with")
  const kid = needed("kid", "the name of the key in the transmitter's key set")
  return commonOf(options, FORMATS, (_, given) => siemEncoder(set({ issuer, audience, kid, key: keyOf(path) }), given))
}

export const pushKind: SinkKind = {
  form: "ssf-push:https://HOST/PATH",
  formats: FORMATS,
  setUp: (target, options) => {
    const endpoint = endpointOf(target, options, "Bearer")
    return { ...tokensOf(options), make: () => httpSink(endpoint().url.host, endpoint, pushProtocol) }
  },
}

export const pollKind: SinkKind = {
  form: "ssf-poll://HOST:PORT",
  formats: FORMATS,
  setUp: ({ address }, options) => {
    const { host, port } = hostAndPort(address, 8443)
    const token = options.text("token-file")
    const certificate = certificateOf(options)
    const timeoutMs = timeoutOf(options)
    const listening = () => ({
      host,
      port,
      token: revealed(secretOf("token-file", token)),
      tls: certificate(),
      timeoutMs,
    })
    return { ...tokensOf(options), make: () => pollSink(`${host}:${port}`, listening) }
  },
}

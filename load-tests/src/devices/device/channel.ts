/**
 * Names a connection to both of its ends and to nobody between: each draws an X25519 key, and both hash what only they can
 * know. Over TLS 1.3 a device takes the exporter of the connection (RFC 9266) instead.
 */
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto"
import type { Frames } from "./frames.ts"

/** @throws where the other side sends no key, or ends */
export const openChannel = async (frames: Frames, role: "initiator" | "responder"): Promise<Buffer> => {
  const { publicKey, privateKey } = generateKeyPairSync("x25519")
  const mine = publicKey.export({ format: "der", type: "spki" })
  frames.send(mine)
  const theirs = await frames.receive()
  if (theirs === null) throw new Error("the other side has ended")
  const shared = diffieHellman({
    privateKey,
    publicKey: createPublicKey({ key: theirs, format: "der", type: "spki" }),
  })
  const [first, second] = role === "initiator" ? [mine, theirs] : [theirs, mine]
  return createHash("sha256").update(first).update(second).update(shared).digest()
}

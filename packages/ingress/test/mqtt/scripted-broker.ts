/**
 * The other side of a connection, as a test plays it: what a broker may do and no broker does when asked (send again under the
 * same packet id, lose a session, break off between two packets). Everything else is tried on mosquitto.
 */
import { createServer, type Socket } from "node:net"
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet"

export interface Peer {
  /** Resolves with the next packet of this kind that the client has sent. */
  next<C extends Packet["cmd"]>(cmd: C): Promise<Extract<Packet, { cmd: C }>>
  /** How many of this kind came and were not asked for. */
  waiting(cmd: Packet["cmd"]): number
  publish(messageId: number, topic: string, payload: string, rest?: Partial<IPublishPacket>): void
  send(packet: Packet): void
  break(): void
}

export interface ScriptedBroker {
  readonly url: string
  /** Resolves with the next connection, once it has its CONNACK. */
  accepted(sessionPresent?: boolean): Promise<Peer>
  /** The same, once it has its subscription too. */
  connected(sessionPresent?: boolean): Promise<Peer>
  close(): Promise<void>
}

const peerOf = (socket: Socket, protocolVersion: number): Peer => {
  const parsed = parser({ protocolVersion })
  const came: Array<Packet> = []
  const wanted: Array<{ readonly cmd: string; readonly give: (packet: Packet) => void }> = []
  const options = { protocolVersion }
  parsed.on("packet", (packet: Packet) => {
    const at = wanted.findIndex(({ cmd }) => cmd === packet.cmd)
    if (at < 0) came.push(packet)
    else wanted.splice(at, 1)[0]!.give(packet)
  })
  socket.on("data", (bytes) => parsed.parse(bytes))
  socket.on("error", () => undefined)
  const send = (packet: Packet): void => {
    socket.write(generate(packet, options))
  }
  return {
    next: (cmd) =>
      new Promise((resolve) => {
        const at = came.findIndex((packet) => packet.cmd === cmd)
        const give = (packet: Packet): void => resolve(packet as never)
        if (at < 0) wanted.push({ cmd, give })
        else give(came.splice(at, 1)[0]!)
      }),
    waiting: (cmd) => came.filter((packet) => packet.cmd === cmd).length,
    publish: (messageId, topic, payload, rest = {}) =>
      send({ cmd: "publish", messageId, topic, payload, qos: 1, dup: false, retain: false, ...rest }),
    send,
    break: () => socket.destroy(),
  }
}

export const scriptedBroker = async (protocolVersion: 4 | 5 = 5): Promise<ScriptedBroker> => {
  const sockets: Array<Socket> = []
  const waiting: Array<(socket: Socket) => void> = []
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    const take = waiting.shift()
    if (take === undefined) sockets.push(socket)
    else take(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as { port: number }
  const accepted = async (sessionPresent = false): Promise<Peer> => {
    const socket = sockets.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve)))
    const peer = peerOf(socket, protocolVersion)
    await peer.next("connect")
    peer.send({ cmd: "connack", sessionPresent, ...(protocolVersion === 5 ? { reasonCode: 0 } : { returnCode: 0 }) })
    return peer
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    accepted,
    connected: async (sessionPresent = false) => {
      const peer = await accepted(sessionPresent)
      const { messageId, subscriptions } = await peer.next("subscribe")
      peer.send({ cmd: "suback", messageId: messageId!, granted: subscriptions.map(() => 1) })
      return peer
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

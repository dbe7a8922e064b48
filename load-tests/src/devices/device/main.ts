/**
 * A device of the demonstration: a process of its own, which knows its directory and speaks to other devices over sockets of this
 * machine. Of this repository it imports the verifier that devices carry, and nothing else.
 *
 *   node device/main.ts DIR          does what DIR/actions.json says, then writes what came of it, and ends
 *   node device/main.ts DIR serve    answers peers until SIGTERM, then reports to the pipeline, and ends
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { type Action, type Asked, type DeviceConfig, FILES, type Place, type Report } from "./config.ts"
import { type Frames, framesOf } from "./frames.ts"
import { Holder } from "./holder.ts"
import { answerPeer, askPeer, carryMessage, type Device, offerTo } from "./talk.ts"
import { Voice } from "./voice.ts"

const [dir = ".", mode = "act"] = process.argv.slice(2)
const path = (name: string): string => join(dir, name)
const read = <Value>(name: string): Value => JSON.parse(readFileSync(path(name), "utf8")) as Value

const open = async (): Promise<Device> => {
  const config = read<DeviceConfig>(FILES.config)
  const place = existsSync(path(FILES.place)) ? read<Place>(FILES.place) : { epo: 0, seq: 0, prv: null }
  const holder = new Holder(config.pins, config.now)
  // A device without a clock signs the newest time that it knows.
  const voice = new Voice(config, place, () => config.now ?? holder.clock.newest)
  const reports: Array<Report> = []
  const passport = existsSync(path(FILES.passport)) ? readFileSync(path(FILES.passport)) : Buffer.alloc(0)
  for (const what of ["slice", "snapshot"] as const) {
    if (!existsSync(path(FILES[what]))) continue
    const refused = await holder.take(what, readFileSync(path(FILES[what])))
    if (refused !== null) throw new Error(`${dir}: its ${what}: ${refused}`)
  }
  return { config, holder, voice, passport, reports }
}

/** Its decisions are messages too: the pipeline finds them in its sequence, once it is back. */
const reportToPipeline = ({ voice, config, reports }: Device): void => {
  for (const decided of reports) voice.message(config.reportsTo, "event", { body: { decided } })
}

const close = (device: Device, asked: ReadonlyArray<Asked>): void => {
  reportToPipeline(device)
  writeFileSync(path(FILES.outbox), device.voice.outbox.map((bytes) => `${bytes.toString("base64")}\n`).join(""))
  writeFileSync(path(FILES.place), JSON.stringify(device.voice.place))
  writeFileSync(path(FILES.reports), JSON.stringify(device.reports))
  writeFileSync(path(FILES.asked), JSON.stringify(asked))
}

const connectTo = (peer: string): Promise<Frames> =>
  new Promise((resolve, reject) => {
    const socket = connect(join(peer, FILES.socket))
    socket.once("error", reject)
    socket.once("connect", () => resolve(framesOf(socket)))
  })

const enrol = ({ voice, config }: Device, action: Extract<Action, { readonly do: "enrol" }>): void => {
  const { credential, telemetry, prefix } = action
  voice.presentation(config.reportsTo, credential)
  for (let n = 0; n < telemetry; n++)
    voice.message(config.reportsTo, "telemetry", {
      senml: [{ bn: prefix, n: "flow", u: "m3/s", v: 0.5 + (n % 3) / 100 }],
    })
}

const act = async (): Promise<void> => {
  const device = await open()
  const asked: Array<Asked> = []
  for (const action of read<ReadonlyArray<Action>>(FILES.actions)) {
    if (action.do === "enrol") {
      enrol(device, action)
      continue
    }
    const frames = await connectTo(action.peer)
    if (action.do === "offer")
      asked.push(await offerTo(frames, action.name, action.what, readFileSync(path(action.file))))
    else asked.push(await (action.how === "session" ? askPeer : carryMessage)(device, frames, action))
    frames.end()
  }
  close(device, asked)
}

const serve = async (): Promise<void> => {
  const device = await open()
  // One after the other, so that its sequence has one order.
  let last: Promise<void> = Promise.resolve()
  const server = createServer((socket) => {
    last = last.then(() =>
      answerPeer(device, framesOf(socket)).catch((cause: unknown) => {
        process.stderr.write(`${dir}: a peer broke off: ${(cause as Error).message}\n`)
        socket.destroy()
      }),
    )
  })
  server.listen(path(FILES.socket), () => process.stdout.write("listening\n"))
  process.once("SIGTERM", () => {
    server.close()
    void last.then(() => close(device, []))
  })
}

await (mode === "serve" ? serve() : act())

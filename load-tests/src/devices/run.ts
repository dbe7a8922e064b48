/**
 * The demonstration: enrol in the pipeline, take passports, part from it, meet, come back, compare. Each device is a process;
 * while they meet no other part of Assay runs.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { kidOf } from "@assay/passport/issue"
import { replayTo, standBetween } from "./attacker.ts"
import { CASES, type Case, MEMBERS, type Member } from "./cases.ts"
import { Deployment, type Judged } from "./deployment.ts"
import { type Action, type Asked, type DeviceConfig, FILES, type Report } from "./device/config.ts"
import { DOMAIN, type Person, Plant, REPORTS_TO, somebody } from "./plant.ts"
import { outboxOf, readJson, runDevice, type Serving, serveDevice } from "./processes.ts"

const HOUR = 3_600
/** Clean messages that a device needs to be trusted, and some. */
const TELEMETRY = 14

export interface Row {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly expected: string
  readonly got: string
  readonly ok: boolean
  readonly limit: boolean
}

export interface DevicesReport {
  readonly rows: ReadonlyArray<Row>
  /** Decisions that the pipeline found in messages of the devices. */
  readonly reports: number
  /** Meetings that both devices report, by the name of the connection; and those that they do not report alike. */
  readonly meetings: number
  readonly disagreeing: number
  /** Messages that a device allowed, or refused for want of a conduit, and that the pipeline judged later. */
  readonly replayed: number
  /** Those of them that it judges otherwise. */
  readonly refused: ReadonlyArray<string>
}

interface Standing extends Member {
  readonly dir: string
  readonly person: Person
}

const said = ({ outcome, reasons }: { readonly outcome: string; readonly reasons: ReadonlyArray<string> }): string =>
  [outcome, ...reasons].join(" ")

export const runDevices = async (dir: string, progress: (line: string) => void): Promise<DevicesReport> => {
  const start = Math.floor(Date.now() / 1_000)
  const members = new Map(
    MEMBERS.map((member) => [member.name, { ...member, dir: join(dir, member.name), person: somebody() }]),
  )
  const pumps = [...members.values()].filter((member) => member.class === "pump").map(({ person }) => person.did)
  const plant = new Plant(start * 1_000, pumps)
  const deployment = await Deployment.open(plant)
  try {
    progress(`${members.size} devices enrol, and become trusted ...`)
    await enrol(plant, deployment, [...members.values()], start)
    progress("the pipeline issues passports, and is gone ...")
    await equip(plant, deployment, [...members.values()], start)
    const kept: Kept = new Map()
    const rows = await meet([...members.values()], kept, progress)
    progress("the pipeline is back, and reads what the devices report ...")
    return { rows, ...(await compare(deployment, [...members.values()], kept, start)) }
  } finally {
    await deployment.close()
  }
}

const configOf = (plant: Plant, { person, class: deviceClass, hours = 0 }: Standing, start: number): DeviceConfig => ({
  did: person.did,
  kid: kidOf(person.did),
  alg: "Ed25519",
  key: person.key.export({ format: "pem", type: "pkcs8" }) as string,
  deviceClass,
  now: hours === null ? null : start + hours * HOUR,
  pins: plant.rootSet,
  trustDomain: DOMAIN,
  reportsTo: REPORTS_TO,
})

const write = (dir: string, name: string, content: Uint8Array | object): void =>
  writeFileSync(join(dir, name), content instanceof Uint8Array ? content : JSON.stringify(content))

/** Each signs its presentation and its first telemetry; the pipeline learns it. */
const enrol = async (
  plant: Plant,
  deployment: Deployment,
  members: ReadonlyArray<Standing>,
  start: number,
): Promise<void> => {
  for (const member of members) {
    mkdirSync(member.dir, { recursive: true })
    write(member.dir, FILES.config, { ...configOf(plant, member, start), now: start })
    const credential = plant.credential(member.person, member.class)
    const prefix = `urn:dev:acme:${member.class}:${member.name}:`
    const actions: ReadonlyArray<Action> = [{ do: "enrol", credential, telemetry: TELEMETRY, prefix }]
    write(member.dir, FILES.actions, actions)
  }
  await Promise.all(members.map(({ dir }) => runDevice(dir)))
  for (const { dir, person } of members) {
    const [presentation, ...telemetry] = outboxOf(dir)
    // Its admission comes back into the stream before it counts.
    await deployment.judge(person.did, [presentation!], start * 1_000)
    await deployment.judge(person.did, telemetry, start * 1_000)
  }
}

/** Passports, slices and snapshots, as files. */
const equip = async (
  plant: Plant,
  deployment: Deployment,
  members: ReadonlyArray<Standing>,
  start: number,
): Promise<void> => {
  const passports = new Map<string, Uint8Array>()
  for (const { name, person, class: kind, late } of members) {
    const issued = late === true ? start - 48 * HOUR : start
    passports.set(name, (await deployment.passport(person.did, kind, issued)).cwt!)
  }
  const revoked = members.filter((member) => member.revoked === true).map(({ person }) => person.did)
  const before = await deployment.snapshot([], 1, start - 2 * HOUR)
  const newest = await deployment.snapshot(revoked, 2, start)
  const older = plant.signedSlice(plant.slice("pump", 1))
  const forged = plant.signedSlice({ ...plant.slice("pump", 3), conduits: [] }, [plant.roots[0]!])
  for (const kind of new Set(members.map((member) => member.class)))
    await deployment.activate(plant.signedSlice(plant.slice(kind, 2)))
  for (const member of members) {
    const { dir, name, poses, stale } = member
    const config = configOf(plant, member, start)
    const victim = members.find((other) => other.name === poses)
    write(
      dir,
      FILES.config,
      victim === undefined ? config : { ...config, did: victim.person.did, kid: kidOf(victim.person.did) },
    )
    write(dir, FILES.passport, passports.get(poses ?? name)!)
    write(dir, FILES.slice, plant.signedSlice(plant.slice(member.class, 2)))
    write(dir, FILES.snapshot, stale === true ? before : newest)
    write(dir, "forged", forged)
    write(dir, "older", older)
    write(dir, "newest", newest)
  }
}

const meet = async (
  members: ReadonlyArray<Standing>,
  kept: Kept,
  progress: (line: string) => void,
): Promise<ReadonlyArray<Row>> => {
  const of = (name: string): Standing => members.find((member) => member.name === name)!
  const serving: Array<Serving> = []
  try {
    for (const { dir, serves } of members) if (serves === true) serving.push(await serveDevice(dir))
    const rows: Array<Row> = []
    let recorded: ReadonlyArray<Buffer> = []
    for (const [nth, one] of CASES.entries()) {
      progress(`${nth + 1} of ${CASES.length}: ${one.name} ...`)
      const [from, to] = [of(one.from), of(one.to)]
      let got: Answer | null
      if (one.do === "replay") got = (await replayTo(join(to.dir, FILES.socket), recorded)) as Answer | null
      else {
        const met = await act(one, from, to, kept)
        got = met.got
        recorded = met.recorded
      }
      const [expected, found] = [said(one.expect), got === null ? "no answer" : said(got)]
      rows.push({
        name: one.name,
        from: one.from,
        to: one.to,
        expected,
        got: found,
        ok: expected === found,
        limit: one.limit === true,
      })
    }
    return rows
  } finally {
    for (const one of serving) await one.stop()
    for (const { dir, serves } of members) if (serves === true) keep(kept, dir)
  }
}

interface Answer {
  readonly outcome: string
  readonly reasons: ReadonlyArray<string>
}

/** One process that asks, over a wire where the case says so. */
const act = async (one: Exclude<Case, { readonly do: "replay" }>, from: Standing, to: Standing, kept: Kept) => {
  const over = one.do === "ask" ? one.over : undefined
  const peer = over === undefined ? to.dir : join(from.dir, "wire")
  mkdirSync(peer, { recursive: true })
  const wire =
    over === undefined
      ? null
      : await standBetween(join(peer, FILES.socket), join(to.dir, FILES.socket), over === "relays")
  const action: Action =
    one.do === "ask"
      ? { do: "ask", name: one.name, peer, did: to.person.did, act: one.act, how: one.how ?? "session" }
      : { do: "offer", name: one.name, peer, what: one.what, file: one.file }
  write(from.dir, FILES.actions, [action])
  try {
    await runDevice(from.dir)
  } finally {
    await wire?.close()
  }
  // Processes that ask start anew for each case: what each has signed and reported is kept before the next one.
  keep(kept, from.dir)
  const [asked] = readJson<ReadonlyArray<Asked>>(from.dir, "asked")
  return { got: asked?.answer ?? asked?.own ?? null, recorded: wire?.recorded[0] ?? [] }
}

/** What each device has signed and reported since it parted from the pipeline, by its directory. */
type Kept = Map<string, { readonly outbox: Array<Buffer>; readonly reports: Array<Report> }>

const keep = (kept: Kept, dir: string): void => {
  const before = kept.get(dir) ?? { outbox: [], reports: [] }
  before.outbox.push(...outboxOf(dir))
  before.reports.push(...readJson<ReadonlyArray<Report>>(dir, "reports"))
  kept.set(dir, before)
}

/** Reads the devices' messages in the pipeline, and holds what both sides of a meeting report against each other. */
const compare = async (
  deployment: Deployment,
  members: ReadonlyArray<Standing>,
  kept: Kept,
  start: number,
): Promise<Omit<DevicesReport, "rows">> => {
  const judged = new Map<string, Judged>()
  const reports: Array<Report> = []
  const inTime = [...members].sort((a, b) => (a.hours ?? 0) - (b.hours ?? 0))
  for (const { dir, person, hours, poses } of inTime) {
    // Who poses as another has nothing to report that anybody would believe.
    if (poses !== undefined) continue
    const found = await deployment.judge(person.did, kept.get(dir)?.outbox ?? [], (start + (hours ?? 0) * HOUR) * 1_000)
    for (const one of found) {
      if (one.digest !== null) judged.set(one.digest, one)
      const { decided } = (one.body ?? {}) as { readonly decided?: Report }
      if (decided !== undefined) reports.push(decided)
    }
  }
  const decided = reports.filter(({ direction }) => direction === "from-peer")
  const heard = reports.filter(({ direction }) => direction === "answered")
  const meetings = heard.flatMap((mine) =>
    decided.filter(({ channel }) => channel === mine.channel).map((theirs) => [mine, theirs] as const),
  )
  const alike = meetings.filter(([mine, theirs]) => said(mine) === said(theirs) && mine.digest === theirs.digest)
  const messages = decided.filter(
    ({ digest, outcome, reasons }) => digest !== null && (outcome === "allow" || reasons.includes("flow.no_conduit")),
  )
  const refused = messages.filter(({ digest, outcome }) => {
    const { reasons = [], outcome: found = "unknown" } = judged.get(digest!) ?? {}
    return outcome === "allow"
      ? !["verified", "annotated"].includes(found)
      : !reasons.includes("segmentation.no_conduit")
  })
  return {
    reports: reports.length,
    meetings: meetings.length,
    disagreeing: meetings.length - alike.length,
    replayed: messages.length,
    refused: refused.map(({ digest, act, peer }) => {
      const { reasons = [], outcome = "unknown" } = judged.get(digest!) ?? {}
      return `${act} of ${peer}: ${said({ outcome, reasons })}`
    }),
  }
}

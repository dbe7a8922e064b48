/**
 * What the adapter writes into a CSE, below its own AE:
 *
 *   <AE>/trust                 container; applications subscribe below it
 *   <AE>/trust/<AE-ID>         container of a device: its standing, the latest content instance
 *   <AE>/assay-<AE-ID>         accessControlPolicy of what belongs to the device
 *   <AE>/assay-trust           accessControlPolicy of `trust`: the adapter, and applications that may read
 *
 * Everything is read before it is written and read back after: what the CSE has counts, not what was sent.
 */
import type { CseClient } from "../client.ts"
import { type Attributes, CseRefusalError, isObject, RSC, requireCode, resourceIn, TYPE, textIn } from "../primitive.ts"
import { isSame, MAY, type Rule, wider } from "./privileges.ts"

export interface ResourceOptions {
  readonly client: CseClient
  /** `/id-in/cse-in`. */
  readonly cseBase: string
  readonly aeId: string
  /** AE-IDs of applications that may read standings. */
  readonly applications: ReadonlyArray<string>
}

/** Where standings lie, and the label by which applications find them. */
export const TRUST = "trust"
export const TRUST_LABEL = "assay-trust"
/** Instances that a CSE keeps of a standing. */
const KEPT = 16

const rulesIn = (resource: Attributes, name: "pv" | "pvs"): ReadonlyArray<Rule> => {
  const set = resource[name]
  const rules = isObject(set) ? set["acr"] : null
  return (Array.isArray(rules) ? rules : []).flatMap((rule: unknown) => {
    if (!isObject(rule) || !Array.isArray(rule["acor"]) || typeof rule["acop"] !== "number") return []
    const acor = rule["acor"].filter((who): who is string => typeof who === "string")
    const chty = typesIn(rule["acod"])
    return [{ acor, acop: rule["acop"], ...(chty === null ? {} : { chty }) }]
  })
}

/** Null where creating is not limited to types, or by something else than types alone: then it counts as not limited. */
const typesIn = (details: unknown): ReadonlyArray<number> | null => {
  if (!Array.isArray(details) || details.length === 0) return null
  const types = details.map((detail: unknown) =>
    isObject(detail) && Array.isArray(detail["chty"]) ? detail["chty"] : null,
  )
  if (types.includes(null)) return null
  return types.flat().filter((type): type is number => typeof type === "number")
}

const setOf = (rules: ReadonlyArray<Rule>): Attributes => ({
  acr: rules.map(({ acor, acop, chty }) => ({
    acor: [...acor],
    acop,
    ...(chty === undefined ? {} : { acod: [{ chty: [...chty] }] }),
  })),
})

export class Resources {
  readonly #options: ResourceOptions
  readonly #made = new Map<string, string>()

  constructor(options: ResourceOptions) {
    this.#options = options
  }

  get #ae(): string {
    return `${this.#options.cseBase}/${this.#options.aeId}`
  }

  async #find(to: string): Promise<Attributes | null> {
    try {
      return resourceIn(await this.#options.client.request({ operation: "retrieve", to }), `retrieving ${to}`, RSC.ok)
    } catch (cause) {
      if (cause instanceof CseRefusalError && cause.rsc === RSC.notFound) return null
      throw cause
    }
  }

  async #create(to: string, type: number, content: Attributes, what: string): Promise<Attributes> {
    const made = await this.#options.client.request({ operation: "create", to, type, content })
    return resourceIn(made, what, RSC.created)
  }

  /**
   * The access control policy of that name, with these rules and no others.
   * @returns its resource id, and what it granted beyond them before, where somebody else had changed it
   * @throws CseRefusalError where it grants more after it was written: the CSE does not keep to what was written
   */
  async acp(
    name: string,
    rules: ReadonlyArray<Rule>,
  ): Promise<{ readonly resourceId: string; readonly wasWider: ReadonlyArray<string> }> {
    const { client, aeId } = this.#options
    const at = `${this.#ae}/${name}`
    const self = [{ acor: [aeId], acop: MAY.all }]
    const there = await this.#find(at)
    const wasWider =
      there === null ? [] : [...wider(rulesIn(there, "pv"), rules), ...wider(rulesIn(there, "pvs"), self)]
    if (there === null)
      await this.#create(
        this.#ae,
        TYPE.accessControlPolicy,
        { "m2m:acp": { rn: name, pv: setOf(rules), pvs: setOf(self) } },
        `making the access control policy ${name}`,
      )
    else if (!isSame(rulesIn(there, "pv"), rules) || !isSame(rulesIn(there, "pvs"), self)) {
      const content = { "m2m:acp": { pv: setOf(rules), pvs: setOf(self) } }
      requireCode(
        await client.request({ operation: "update", to: at, content }),
        `updating the access control policy ${name}`,
        RSC.updated,
      )
    } else return { resourceId: textIn(there, "ri") ?? at, wasWider }
    const now = await this.#find(at)
    if (now === null)
      throw new CseRefusalError(RSC.notFound, `the access control policy ${name} is gone as soon as it is made`)
    const beyond = [...wider(rulesIn(now, "pv"), rules), ...wider(rulesIn(now, "pvs"), self)]
    if (beyond.length > 0)
      throw new CseRefusalError(
        RSC.ok,
        `the access control policy ${name} grants more than was written: ${beyond.join(", ")}`,
      )
    return { resourceId: textIn(now, "ri") ?? at, wasWider }
  }

  async deleteAcp(name: string): Promise<void> {
    const to = `${this.#ae}/${name}`
    const answer = await this.#options.client.request({ operation: "delete", to })
    requireCode(answer, `deleting the access control policy ${name}`, RSC.deleted, RSC.notFound)
  }

  /**
   * Has a resource governed by these policies, and by no others. A CSE lets do that who is in the self-privileges (`pvs`) of the
   * policies that govern it now (TS-0001, clause 9.6.1.3.2). @param policies resource ids of access control policies
   */
  async govern(address: string, policies: ReadonlyArray<string>): Promise<void> {
    const there = await this.#find(address)
    if (there === null) return
    const before = Array.isArray(there["acpi"]) ? there["acpi"] : []
    const last = (id: unknown): string => String(id).slice(String(id).lastIndexOf("/") + 1)
    if (before.length === policies.length && policies.every((id) => before.some((one) => last(one) === last(id))))
      return
    const content = { "m2m:cnt": { acpi: [...policies] } }
    const answer = await this.#options.client.request({ operation: "update", to: address, content })
    requireCode(answer, `having ${address} governed by ${policies.join(", ")}`, RSC.updated)
  }

  /** The container for standings, or for that of one device. @returns its address */
  async #container(parent: string, name: string, label: string | null, acpi: string): Promise<string> {
    const at = `${parent}/${name}`
    if (this.#made.get(at) === acpi) return at
    const lbl = label === null ? {} : { lbl: [label] }
    const content = { "m2m:cnt": { rn: name, acpi: [acpi], mni: KEPT, ...lbl } }
    if ((await this.#find(at)) === null)
      await this.#create(parent, TYPE.container, content, `making the container ${at}`)
    else await this.govern(at, [acpi])
    this.#made.set(at, acpi)
    return at
  }

  /** Below an AE that was registered anew nothing is left. */
  forget(): void {
    this.#made.clear()
  }

  /** Writes the standing of a device as the latest instance. @param standing becomes JSON text */
  async tell(aeId: string, standing: object): Promise<void> {
    const { applications, aeId: own } = this.#options
    const readers: ReadonlyArray<Rule> =
      applications.length === 0
        ? []
        : [
            { acor: applications, acop: MAY.retrieve | MAY.discover },
            // They subscribe, and make nothing else: a standing is what we have said.
            { acor: applications, acop: MAY.create, chty: [TYPE.subscription] },
          ]
    const { resourceId } = await this.acp(TRUST_LABEL, [{ acor: [own], acop: MAY.all }, ...readers])
    const all = await this.#container(this.#ae, TRUST, TRUST_LABEL, resourceId)
    const one = await this.#container(all, aeId, TRUST_LABEL, resourceId)
    const content = { "m2m:cin": { cnf: "application/json:0", con: JSON.stringify(standing) } }
    try {
      await this.#create(one, TYPE.contentInstance, content, `telling of ${aeId}`)
    } catch (cause) {
      // Somebody has deleted a container that we made: the next telling makes it anew.
      this.forget()
      throw cause
    }
  }
}

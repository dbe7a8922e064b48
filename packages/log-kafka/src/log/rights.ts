/** What a role needs of the brokers: its own, and what the engine does for it. */
import { CELLS, CELLS_GROUP } from "./own-streams.ts"
import type { Role, Roles } from "./streams-and-roles.ts"

export interface Rights extends Omit<Role, "commits" | "cells"> {
  /** Its transactional ids begin so. */
  readonly transactions: ReadonlyArray<string>
}

export const rightsOf = ({ commits, cells, ...role }: Role): Rights => {
  const swaps = cells === "swap"
  return {
    ...role,
    read: cells === "none" ? role.read : [...role.read, CELLS],
    write: swaps ? [...role.write, CELLS] : role.write,
    groups: swaps ? [...role.groups, CELLS_GROUP] : role.groups,
    transactions: [...commits, ...(swaps ? [CELLS_GROUP] : [])].map((group) => `${group}.`),
  }
}

/** What a group's transactions may write to; nothing for a group that no role works for. */
export const writesOf = (roles: Roles, group: string): ReadonlyArray<string> => {
  if (group === CELLS_GROUP) return [CELLS]
  const worker = Object.values(roles).find(({ groups }) => groups[0] === group)
  return worker === undefined ? [] : rightsOf(worker).write
}

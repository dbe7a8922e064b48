/** Who is who at the brokers, by the chart's own file. */
import { readFileSync } from "node:fs"
import { join } from "node:path"

const FILE = join(import.meta.dirname, "../../kubernetes/chart/principals")

/** What each user of the chart is to the brokers: user to roles. */
export const principals = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const lines = readFileSync(FILE, "utf8").split("\n")
  const roles = new Map<string, Array<string>>()
  for (const line of lines.map((one) => one.replace(/#.*/, "").trim()).filter((one) => one !== "")) {
    const [role, user] = line.split("=User:") as [string, string]
    roles.set(user, [...(roles.get(user) ?? []), role])
  }
  return roles
}
